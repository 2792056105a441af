package main

import "net/http"

// advice is what to do about the first wrong outcome, empty if there is none.
func (r *report) advice() string {
	o := r.first
	switch {
	case r.right == r.noted:
		return ""
	case o.status == 0:
		return o.failure.mend
	case o.status >= http.StatusMultipleChoices && o.status < http.StatusBadRequest:
		to := ""
		if o.location != "" {
			to = " (" + shown(o.location) + ")"
		}
		return "a redirect is not followed, and only a 2xx counts: use the URL that it points to" + to
	case o.status == http.StatusNotFound, o.status == http.StatusMethodNotAllowed:
		return "is the route POST and this path? (the examples have /webhooks/sendsar)"
	case o.status == http.StatusUnauthorized && r.kind == previous:
		return "for a rotation the endpoint needs webhook.WithPreviousSecrets, with this secret"
	case !r.kind.mustPass():
		return adviceForBad(o.status)
	default:
		return adviceForGenuine(o.status)
	}
}

func adviceForBad(status int) string {
	switch {
	case status >= http.StatusOK && status < http.StatusMultipleChoices:
		return "the endpoint accepted it: put the verifying middleware on this route, before the handler"
	case status >= http.StatusInternalServerError:
		return "the server's log says why: a refusal must not be an error of its own"
	default:
		return "something before the verifier answered, or its refusal is given another status"
	}
}

func adviceForGenuine(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "does the server have this secret, and does nothing read the body before the verifier? " +
			"Save what arrives there: sendsar-webhook verify says why"
	case http.StatusBadRequest, http.StatusForbidden:
		return "does something stand before the verifier, such as a CSRF check or a login?"
	case http.StatusRequestEntityTooLarge:
		return "raise the body limit: webhook.WithMaxBodyBytes, the framework's or a proxy's"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "a proxy answered: is the server behind it running?"
	default:
		return "the server's log says why"
	}
}
