package main

import (
	"errors"
	"net/url"
	"strconv"
)

// checkTarget checks the URL of an endpoint. Its error does not quote the URL, which may
// contain a password.
func checkTarget(what, target string) error {
	u, err := url.Parse(target)
	if err == nil && u.Port() != "" {
		if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return errors.New(what + ": the port is not a number from 1 to 65535")
		}
	}
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errors.New(what + ": not an http or https URL: give it whole, like http://127.0.0.1:8080/webhooks/sendsar")
	}
	return nil
}
