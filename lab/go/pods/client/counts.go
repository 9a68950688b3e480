// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// counts is what came of the requests. It is kept in a file outside the pod, so that it is still there when the pod is gone.
type counts struct {
	Name        string         `json:"name"`
	AccessKeyID string         `json:"access_key_id"`
	Requests    int            `json:"requests"`
	Failures    map[string]int `json:"failures"`
	LastFailure string         `json:"last_failure"`
	Cuts        int            `json:"cuts"`
	file        string
}

func newCounts(folder, name, accessKeyID string) *counts {
	file := filepath.Join(folder, name+".json")
	counted := &counts{Name: name, Failures: map[string]int{}, file: file}
	// a container that was restarted in the same pod counts on
	if text, err := os.ReadFile(file); err == nil {
		_ = json.Unmarshal(text, counted)
	}
	counted.AccessKeyID = accessKeyID
	return counted
}

func (c *counts) add(reason string, cuts int) {
	c.Requests++
	c.Cuts += cuts
	if reason == "" {
		return
	}
	c.Failures[reason]++
	c.LastFailure = fmt.Sprintf("%s with %s at %s", reason, c.AccessKeyID, time.Now().UTC().Format("15:04:05.000Z"))
	fmt.Println(c.LastFailure)
}

// write replaces the file, so that no reader sees half of it.
func (c *counts) write() error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.file+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(c.file+".new", c.file)
}
