// SPDX-License-Identifier: GPL-3.0-or-later

// A consumer of S3: it reads its key once, when it starts, as Dagster, Airbyte and the sidecar of CloudNativePG do, writes to its
// bucket all the time, and counts what fails. A request whose connection is cut is sent again, and counted apart.
//
//	ENDPOINT           where S3 is, http://host:port
//	BUCKET             the bucket that it writes to
//	ACCESS_KEY_ID      its key; or
//	SECRET_ACCESS_KEY
//	ACCESS_KEY_FILE    files that hold it
//	SECRET_KEY_FILE
//	NAME               what it calls itself, its pod's name
//	COUNTS             the folder in which it keeps NAME.json
//	EACH               between two requests, default 100ms
//
// It ends with 1 where it has no key, and with 0 when it is told to end.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	accessKeyID, err := value("ACCESS_KEY_ID", "ACCESS_KEY_FILE")
	if err != nil {
		return err
	}
	secretKey, err := value("SECRET_ACCESS_KEY", "SECRET_KEY_FILE")
	if err != nil {
		return err
	}
	each := 100 * time.Millisecond
	if given := os.Getenv("EACH"); given != "" {
		if each, err = time.ParseDuration(given); err != nil {
			return err
		}
	}
	name := os.Getenv("NAME")
	bucket := newBucket(os.Getenv("ENDPOINT"), os.Getenv("BUCKET"), accessKeyID, secretKey)
	counts := newCounts(os.Getenv("COUNTS"), name, accessKeyID)
	fmt.Printf("%s writes to %s with %s\n", name, os.Getenv("BUCKET"), accessKeyID)
	ticker := time.NewTicker(each)
	defer ticker.Stop()
	for number := 0; ; number++ {
		counts.add(bucket.put(fmt.Sprintf("%s/%d", name, number%10), "written all along"))
		if err := counts.write(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// value returns what a variable holds, or the file that another one names.
func value(variable, fileVariable string) (string, error) {
	if held := os.Getenv(variable); held != "" {
		return held, nil
	}
	file := os.Getenv(fileVariable)
	if file == "" {
		return "", fmt.Errorf("neither %s nor %s is set", variable, fileVariable)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if len(text) == 0 {
		return "", fmt.Errorf("%s is empty", file)
	}
	return strings.TrimSpace(string(text)), nil
}
