package dingtalk

import (
	"net/http"
	"net/url"
	"testing"
)

// The vectors of the vendor's documentation, and two that its own client computes: a request whose Content-Type is
// empty and the same one with a Content-Type, which is another signature.
func TestOSSSignature(t *testing.T) {
	key := ossKey{"44CF9590006BF252F707", "OtxrzxIsfpFjA7SwPzILwy8Bw21TLhquhboDYROV"}
	const date = "Thu, 28 May 2026 09:37:16 GMT"
	tests := []struct {
		name, resource, want string
		header               http.Header
	}{
		{"documented", "/oss-example/nelson", "26NBxoKdsyly4EDv6inkoDft/yA=", http.Header{
			"Content-Md5": {"ODBGOERFMDMzQTczRUY3NUE3NzA5QzdFNUYzMDQxNEM="}, "Content-Type": {"text/html"},
			"Date":        {"Thu, 17 Nov 2005 18:49:58 GMT"},
			"X-Oss-Magic": {"abracadabra"}, "X-Oss-Meta-Author": {"foo@bar.com"},
		}},
		{"as in a ticket", "/yundisk0/obj-1", "70h6mP2dAcFBOa86ULL2HVaB+tY=", http.Header{"X-Oss-Date": {date}}},
		{"empty Content-Type", "/yundisk0/obj-1", "70h6mP2dAcFBOa86ULL2HVaB+tY=",
			http.Header{"X-Oss-Date": {date}, "Content-Type": {""}}},
		{"a header that is not signed", "/yundisk0/obj-1", "70h6mP2dAcFBOa86ULL2HVaB+tY=",
			http.Header{"X-Oss-Date": {date}, "User-Agent": {"free"}}},
		{"a Content-Type", "/yundisk0/obj-1", "nj+ftf7HPb4RUIedttJ4n4NNC1Y=",
			http.Header{"X-Oss-Date": {date}, "Content-Type": {"application/octet-stream"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			toSign := ossStringToSign("PUT", tt.header, tt.resource)
			if got := key.sign(toSign); got != tt.want {
				t.Errorf("%s for %q, want %s", got, toSign, tt.want)
			}
		})
	}
}

func TestOSSResource(t *testing.T) {
	tests := []struct{ query, want string }{
		{"", "/yundisk0/o"},
		{"uploadId=u&partNumber=2", "/yundisk0/o?partNumber=2&uploadId=u"},
		{"uploads", "/yundisk0/o?uploads"},
		{"x=1&partNumber=2", "/yundisk0/o?partNumber=2"}, // what is no part of the object is not signed
	}
	for _, tt := range tests {
		query, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := ossResource("/yundisk0/o", query); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.query, got, tt.want)
		}
	}
}
