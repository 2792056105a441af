package main

import "net/http"

// fix returns the advice for the first wrong outcome, or "" if there is none.
func (r *report) fix() string {
	if r.right == r.noted {
		return ""
	}
	return fixOf(r.kind, r.first)
}

// fixOf returns the advice for one wrong outcome.
func fixOf(k kind, o outcome) string {
	switch {
	case !o.answered:
		return o.failure.fix
	case o.unfinished != "":
		return "the handler or a proxy stopped in the middle of its answer: the server's log says why"
	case o.status < http.StatusContinue:
		return "the server or a proxy wrote a status that HTTP does not have"
	case o.status < http.StatusOK:
		return "the endpoint changed to another protocol (status " + statusLine(o.status) + "): is it a WebSocket's path?"
	case o.status >= http.StatusMultipleChoices && o.status < http.StatusBadRequest:
		to := ""
		if o.location != "" {
			to = " (" + shown(o.location) + ")"
		}
		return "a redirect is not followed: if it points to the endpoint's new address, use that" + to +
			"; if it points to a login, let the webhook's path through without one"
	case o.status == http.StatusNotFound, o.status == http.StatusMethodNotAllowed:
		return "is the route POST and this path? (the examples have /webhooks/sendsar)"
	case (o.status == http.StatusUnauthorized || o.status == http.StatusInternalServerError) && !o.own:
		return foreignAnswer(o)
	case o.status == http.StatusUnauthorized && k == previous:
		return "for a rotation the endpoint needs webhook.WithPreviousSecrets, with this secret"
	case !k.mustPass():
		return adviceForBad(o.status)
	default:
		return adviceForGenuine(o.status)
	}
}

// doubt returns a note if every answer was right, but the first one may not come from the
// verifier. Otherwise it returns "".
func (r *report) doubt() string {
	if r.noted == 0 || r.right < r.noted || r.kind.mustPass() || r.first.own {
		return ""
	}
	return foreignAnswer(r.first)
}

// foreignAnswer returns the advice for a 401 or 500 without the middleware's text.
func foreignAnswer(o outcome) string {
	switch {
	case o.status == http.StatusUnauthorized && o.challenged:
		return "this 401 asks for a login: something in front of the verifier answered, and the verifier saw nothing. " +
			"Let the webhook's path through without a login"
	case o.status == http.StatusUnauthorized:
		return "this 401 does not have the verifier's text: unless the app has an ErrorHandler of its own, something in front answered " +
			"(a login, an API gateway, another middleware), and the verifier saw nothing"
	default:
		return "this 500 does not have the verifier's text: the handler, an error handler or something in front answered. The server's log says why"
	}
}

func adviceForBad(status int) string {
	switch {
	case status >= http.StatusOK && status < http.StatusMultipleChoices:
		return "the endpoint accepted it: put the verifying middleware on this route, before the handler"
	case status == http.StatusInternalServerError:
		return "the verifier answered, before it compared the signature: something reads, changes or closes the body before it, " +
			"or it has no secret. The record \"webhook refused\" of the server's log has the reason"
	case status > http.StatusInternalServerError:
		return "a proxy answered: is the server behind it running?"
	default:
		return "something before the verifier answered, or its refusal is given another status"
	}
}

func adviceForGenuine(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "does the server have this secret, and does nothing read the body before the verifier? " +
			"sendsar-webhook listen -forward shows what arrives, and verify says why it is refused"
	case http.StatusBadRequest, http.StatusForbidden:
		return "does something stand before the verifier, such as a CSRF check or a login?"
	case http.StatusRequestEntityTooLarge:
		return "raise the body limit: webhook.WithMaxBodyBytes, the framework's or a proxy's"
	case http.StatusInternalServerError:
		return "the signature is not the reason: the handler failed, or something reads or changes the body before the verifier. " +
			"The server's log says which (\"webhook handler failed\" or \"webhook refused\")"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "a proxy answered: is the server behind it running?"
	default:
		return "the server's log says why"
	}
}
