module github.com/sendsar-community/webhooks-go/adapters/echov5

go 1.25.0

require (
	github.com/labstack/echo/v5 v5.1.0
	github.com/sendsar-community/webhooks-go/core v0.1.0
	github.com/stretchr/testify v1.11.1
)

require (
	github.com/davecgh/go-spew v1.1.1 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	golang.org/x/time v0.14.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace github.com/sendsar-community/webhooks-go/core => ../../core
