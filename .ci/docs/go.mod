module github.com/sendsar-community/webhooks-go/ci/docs

go 1.25.0
