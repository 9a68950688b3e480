// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"
)

const (
	region   = "us-east-1"
	attempts = 3
)

var code = regexp.MustCompile(`<Code>([A-Za-z]+)</Code>`)

// bucket signs requests as AWS wants it (Signature Version 4).
type bucket struct {
	endpoint, name, accessKeyID, secretKey string
	client                                 *http.Client
}

func newBucket(endpoint, name, accessKeyID, secretKey string) *bucket {
	return &bucket{strings.TrimRight(endpoint, "/"), name, accessKeyID, secretKey, &http.Client{Timeout: 10 * time.Second}}
}

// put stores an object and returns why that failed: the code of S3, or what went wrong on the way; empty where it is stored. A
// request whose connection was cut is sent again, as the SDKs of AWS do by default; cuts is how often. An answer is never asked again.
func (b *bucket) put(key, body string) (reason string, cuts int) {
	for {
		reason, cut := b.try(key, body)
		if !cut || cuts == attempts-1 {
			return reason, cuts
		}
		cuts++
		time.Sleep(time.Duration(cuts) * 100 * time.Millisecond)
	}
}

func (b *bucket) try(key, body string) (reason string, cut bool) {
	request, err := http.NewRequest(http.MethodPut, fmt.Sprintf("%s/%s/%s", b.endpoint, b.name, key), strings.NewReader(body))
	if err != nil {
		return "BadRequest", false
	}
	b.sign(request, body, time.Now().UTC())
	response, err := b.client.Do(request)
	if err != nil {
		return failure(err), true
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if response.StatusCode == http.StatusOK {
		return "", false
	}
	if found := code.FindSubmatch(text); err == nil && found != nil {
		return string(found[1]), false
	}
	return fmt.Sprintf("Status%d", response.StatusCode), false
}

func (b *bucket) sign(request *http.Request, body string, now time.Time) {
	day, moment := now.Format("20060102"), now.Format("20060102T150405Z")
	digest := hexDigest(body)
	request.Header.Set("X-Amz-Date", moment)
	request.Header.Set("X-Amz-Content-Sha256", digest)
	const signed = "host;x-amz-content-sha256;x-amz-date"
	canonical := strings.Join([]string{
		request.Method, request.URL.EscapedPath(), "",
		"host:" + request.URL.Host, "x-amz-content-sha256:" + digest, "x-amz-date:" + moment, "",
		signed, digest,
	}, "\n")
	scope := day + "/" + region + "/s3/aws4_request"
	text := strings.Join([]string{"AWS4-HMAC-SHA256", moment, scope, hexDigest(canonical)}, "\n")
	key := []byte("AWS4" + b.secretKey)
	for _, part := range []string{day, region, "s3", "aws4_request", text} {
		key = keyed(key, part)
	}
	request.Header.Set("Authorization", fmt.Sprintf(
		"AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s", b.accessKeyID, scope, signed, hex.EncodeToString(key)))
}

func failure(err error) string {
	var refused *net.OpError
	switch {
	case errors.As(err, &refused):
		return "Connection" + strings.ToUpper(refused.Op[:1]) + refused.Op[1:]
	case strings.Contains(err.Error(), "EOF"):
		return "ConnectionClosed"
	}
	return "NoAnswer"
}

func hexDigest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func keyed(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
