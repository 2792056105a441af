module github.com/sendsar-community/webhooks-go/ci/postgrestest

go 1.26.0
