module github.com/sendsar-community/webhooks-go/adapters/echov5

go 1.25.0

require (
	github.com/labstack/echo/v5 v5.4.4
	github.com/sendsar-community/webhooks-go/core v0.1.0
)

require (
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/time v0.15.0 // indirect
)

replace github.com/sendsar-community/webhooks-go/core => ../../core
