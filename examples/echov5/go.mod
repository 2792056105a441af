module github.com/sendsar-community/webhooks-go/examples/echov5

go 1.25.0

require (
	github.com/labstack/echo/v5 v5.4.4
	github.com/sendsar-community/webhooks-go/adapters/echov5 v0.1.0
	github.com/sendsar-community/webhooks-go/ci/exampletest v0.1.0
	github.com/sendsar-community/webhooks-go/core v0.1.0
)

require (
	github.com/stretchr/testify v1.12.1 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace (
	github.com/sendsar-community/webhooks-go/adapters/echov5 => ../../adapters/echov5
	github.com/sendsar-community/webhooks-go/ci/exampletest => ../../.ci/exampletest
	github.com/sendsar-community/webhooks-go/core => ../../core
)
