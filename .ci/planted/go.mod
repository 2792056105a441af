module github.com/sendsar-community/webhooks-go/ci/planted

go 1.26.0
