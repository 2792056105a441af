module github.com/sendsar-community/webhooks-go/examples/fiberv2

go 1.25.0

require (
	github.com/gofiber/fiber/v2 v2.52.15
	github.com/sendsar-community/webhooks-go/adapters/fiberv2 v0.1.0
	github.com/sendsar-community/webhooks-go/ci/exampletest v0.1.0
	github.com/sendsar-community/webhooks-go/core v0.1.0
)

require (
	github.com/andybalholm/brotli v1.2.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/klauspost/compress v1.19.1 // indirect
	github.com/mattn/go-colorable v0.1.13 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	github.com/mattn/go-runewidth v0.0.16 // indirect
	github.com/rivo/uniseg v0.2.0 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasthttp v1.73.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.47.0 // indirect
)

replace (
	github.com/sendsar-community/webhooks-go/adapters/fiberv2 => ../../adapters/fiberv2
	github.com/sendsar-community/webhooks-go/ci/exampletest => ../../.ci/exampletest
	github.com/sendsar-community/webhooks-go/core => ../../core
)
