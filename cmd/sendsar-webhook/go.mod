module github.com/sendsar-community/webhooks-go/cmd/sendsar-webhook

go 1.25.0

require github.com/sendsar-community/webhooks-go/core v0.1.0

require golang.org/x/text v0.41.0

replace github.com/sendsar-community/webhooks-go/core => ../../core
