package webhooktest

import (
	"slices"
	"sync"
)

// allCases returns the whole suite in its order. The result is shared: do not modify it.
var allCases = sync.OnceValue(func() []testCase {
	return slices.Concat(
		genuineCases(), frameworkAPICases(), handlerCases(), handleCases(), headerCases(), keyCases(), bodyCases(),
		framingCases(), limitCases(), connectionCases(), smugglingCases(), ambiguousCases(),
		earlyRefusalCases(), sendingOnCases(), timeoutCases(),
		routeCases(), exemptionCases(), accountCases(), newCases(), skipperCases(), instanceCases(),
		errorHandlerCases(), earlierCases(), orderCases(), readErrorCases(),
		contextCases(), observerCases(), concurrencyCases(),
	)
})

func groups(cases []testCase) []string {
	var names []string
	for _, c := range cases {
		if !slices.Contains(names, c.group) {
			names = append(names, c.group)
		}
	}
	return names
}
