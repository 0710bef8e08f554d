package server

import (
	"encoding/xml"
	"net/http"
	"strings"
)

// StorageError is an error answer in the XML of object storages; DingTalk and Tencent both keep files in one.
type StorageError struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	RequestID string `xml:"RequestId"`
	HostID    string `xml:"HostId"`
}

// RespondXML answers with a StorageError, or with a struct that embeds one.
func RespondXML(w http.ResponseWriter, status int, v any) {
	body, err := xml.MarshalIndent(v, "", "  ")
	if err != nil { // these errors are text and numbers
		panic(err)
	}
	text := xml.Header + strings.ReplaceAll(string(body), "&#xA;", "&#10;") + "\n"
	Respond(w, status, "application/xml", []byte(text))
}
