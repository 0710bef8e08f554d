package dingtalk

import (
	"strings"

	"countersign/providers/route"
)

// checkEndpoint returns the endpoint that paths are put behind.
func checkEndpoint(o Options) (string, error) {
	switch s := strings.TrimSpace(o.Endpoint); {
	case o.Transport != nil && (s == "" || s == "sandbox:"):
		return "http://sandbox", nil
	case s == "":
		return Mainland, nil
	}
	return route.Endpoint(o.Endpoint, Mainland)
}
