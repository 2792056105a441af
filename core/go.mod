module github.com/sendsar-community/webhooks-go/core

go 1.23.0
