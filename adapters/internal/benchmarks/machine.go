package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/sendsar-community/webhooks-go/adapters/internal/benchmarks/report"
)

// named are the modules whose versions matter to the results.
var named = []string{
	"github.com/gin-gonic/gin", "github.com/labstack/echo/v4", "github.com/labstack/echo/v5",
	"github.com/gofiber/fiber/v2", "github.com/gofiber/fiber/v3", "github.com/valyala/fasthttp",
	"github.com/google/go-github/v88", "github.com/standard-webhooks/standard-webhooks/libraries", "github.com/stripe/stripe-go/v82",
}

// facts are the machine and the versions.
func facts() []report.Fact {
	all := []report.Fact{
		{Name: "processor", Value: report.Processor()},
		{Name: "processors used", Value: fmt.Sprintf("%d in parallel and over connections, 1 otherwise", runtime.GOMAXPROCS(0))},
		{Name: "system", Value: runtime.GOOS + "/" + runtime.GOARCH},
		{Name: "Go", Value: runtime.Version()},
	}
	for _, version := range report.Versions(named) {
		if strings.HasSuffix(version.Name, "fasthttp") {
			version.Value += " (one module, so both Fibers ran on it)"
		}
		all = append(all, version)
	}
	return all
}
