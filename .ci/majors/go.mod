module github.com/sendsar-community/webhooks-go/ci/majors

go 1.25.0
