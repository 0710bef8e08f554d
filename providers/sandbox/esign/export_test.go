package esign

import (
	"fmt"
	"net/http"
	"time"
)

// What the tests of this package's users see of it besides.
type (
	FlowURLs    = flowURLs
	ResourceURL = resourceURL
)

const MaxBody = maxBody

var ContractPDF = contractPDF

// Sign makes the Authorization of a call with the sandbox's key.
func Sign(at time.Time, host string, h http.Header, body []byte) string {
	a := tc3Authorization{
		secretID: Known.SecretID, date: at.UTC().Format(time.DateOnly), service: apiService,
		signed: []string{"content-type",
			"host"}}
	return fmt.Sprintf("TC3-HMAC-SHA256 Credential=%s/%s/%s/tc3_request, SignedHeaders=content-type;host, Signature=%s",
		a.secretID, a.date, a.service, Known.key().sign(a, at, host, h, body))
}
