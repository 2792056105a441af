//go:build unix

package main

import (
	"testing"

	"github.com/sendsar-community/webhooks-go/ci/exampletest"
)

func TestMain(m *testing.M) { exampletest.Main(m, main) }

func TestExample(t *testing.T) { exampletest.Run(t) }
