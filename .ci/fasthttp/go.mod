module github.com/sendsar-community/webhooks-go/ci/fasthttp

go 1.26.0

require (
	github.com/sendsar-community/webhooks-go/adapters/fiberv2 v0.1.0
	github.com/sendsar-community/webhooks-go/adapters/fiberv3 v0.1.0
	github.com/valyala/fasthttp v1.78.0
)

require (
	github.com/gofiber/fiber/v2 v2.52.15 // indirect
	github.com/gofiber/fiber/v3 v3.5.0 // indirect
	github.com/gofiber/schema v1.8.3 // indirect
	github.com/gofiber/utils/v2 v2.4.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/mattn/go-colorable v0.1.15 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mattn/go-runewidth v0.0.16 // indirect
	github.com/molecule-man/go-brrr v1.3.1 // indirect
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/rivo/uniseg v0.2.0 // indirect
	github.com/sendsar-community/webhooks-go/core v0.1.0 // indirect
	github.com/tinylib/msgp v1.6.4 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace (
	github.com/sendsar-community/webhooks-go/adapters/fiberv2 => ../../adapters/fiberv2
	github.com/sendsar-community/webhooks-go/adapters/fiberv3 => ../../adapters/fiberv3
	github.com/sendsar-community/webhooks-go/core => ../../core
)
