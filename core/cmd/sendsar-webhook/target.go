package main

import (
	"errors"
	"net/url"
)

// parseTarget returns the endpoint's URL. Its errors do not quote it: it may hold a
// password.
func parseTarget(what, target string) (*url.URL, error) {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, errors.New(what + ": not an http or https URL: give it whole, like http://127.0.0.1:8080/webhooks/sendsar")
	}
	return u, nil
}
