module github.com/sendsar-community/webhooks-go/examples/demo

go 1.25.0

replace github.com/sendsar-community/webhooks-go/core => ../../core

require github.com/sendsar-community/webhooks-go/core v0.1.0
