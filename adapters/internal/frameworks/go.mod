module github.com/sendsar-community/webhooks-go/adapters/internal/frameworks

go 1.26.0

require (
	github.com/gin-gonic/gin v1.10.1
	github.com/gofiber/fiber/v2 v2.52.9
	github.com/gofiber/fiber/v3 v3.5.0
	github.com/labstack/echo/v4 v4.13.4
	github.com/labstack/echo/v5 v5.1.0
	github.com/sendsar-community/webhooks-go/adapters/echov4 v0.1.0
	github.com/sendsar-community/webhooks-go/adapters/echov5 v0.1.0
	github.com/sendsar-community/webhooks-go/adapters/fiberv2 v0.1.0
	github.com/sendsar-community/webhooks-go/adapters/fiberv3 v0.1.0
	github.com/sendsar-community/webhooks-go/adapters/gin v0.1.0
	github.com/sendsar-community/webhooks-go/core v0.1.0
	github.com/stretchr/testify v1.11.1
)

require (
	github.com/andybalholm/brotli v1.2.2 // indirect
	github.com/bytedance/sonic v1.11.6 // indirect
	github.com/bytedance/sonic/loader v0.1.1 // indirect
	github.com/cloudwego/base64x v0.1.4 // indirect
	github.com/cloudwego/iasm v0.2.0 // indirect
	github.com/davecgh/go-spew v1.1.1 // indirect
	github.com/gabriel-vasile/mimetype v1.4.3 // indirect
	github.com/gin-contrib/sse v0.1.0 // indirect
	github.com/go-playground/locales v0.14.1 // indirect
	github.com/go-playground/universal-translator v0.18.1 // indirect
	github.com/go-playground/validator/v10 v10.20.0 // indirect
	github.com/goccy/go-json v0.10.2 // indirect
	github.com/gofiber/schema v1.8.3 // indirect
	github.com/gofiber/utils/v2 v2.4.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/json-iterator/go v1.1.12 // indirect
	github.com/klauspost/compress v1.19.2 // indirect
	github.com/klauspost/cpuid/v2 v2.2.7 // indirect
	github.com/labstack/gommon v0.4.2 // indirect
	github.com/leodido/go-urn v1.4.0 // indirect
	github.com/mattn/go-colorable v0.1.15 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mattn/go-runewidth v0.0.16 // indirect
	github.com/modern-go/concurrent v0.0.0-20180306012644-bacd9c7ef1dd // indirect
	github.com/modern-go/reflect2 v1.0.2 // indirect
	github.com/pelletier/go-toml/v2 v2.2.2 // indirect
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	github.com/rivo/uniseg v0.2.0 // indirect
	github.com/tinylib/msgp v1.6.4 // indirect
	github.com/twitchyliquid64/golang-asm v0.15.1 // indirect
	github.com/ugorji/go/codec v1.2.12 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasthttp v1.73.0 // indirect
	github.com/valyala/fasttemplate v1.2.2 // indirect
	golang.org/x/arch v0.8.0 // indirect
	golang.org/x/crypto v0.54.0 // indirect
	golang.org/x/net v0.57.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.40.0 // indirect
	google.golang.org/protobuf v1.34.1 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace (
	github.com/sendsar-community/webhooks-go/adapters/echov4 => ../../echov4
	github.com/sendsar-community/webhooks-go/adapters/echov5 => ../../echov5
	github.com/sendsar-community/webhooks-go/adapters/fiberv2 => ../../fiberv2
	github.com/sendsar-community/webhooks-go/adapters/fiberv3 => ../../fiberv3
	github.com/sendsar-community/webhooks-go/adapters/gin => ../../gin
	github.com/sendsar-community/webhooks-go/core => ../../../core
)
