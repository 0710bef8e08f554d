package dingtalk

import (
	"net/http"

	"countersign/providers/route"
)

// The calls, by the ends of their paths.
const (
	callToken   = "oauth2/accessToken"
	callSpace   = "spaces/infos/query"
	callTicket  = "uploadInfos/query"
	callInit    = "multiPartUploadInfos/init"
	callParts   = "multiPartUploadInfos/query"
	callPut     = http.MethodPut
	callCommit  = "files/commit"
	callFind    = "dentries"
	callPreview = "spaces/authPreview"
	callLink    = "links/send"
)

// endpoints are all calls that this client makes, with what holds of each every time.
var endpoints = map[string]struct {
	does  route.Effect
	opens bool   // its answer holds what opens something, so nothing of one that cannot be read is shown
	check string // of Writes: how to find out what became of it
}{
	callToken:   {does: route.Repeats, opens: true},
	callSpace:   {does: route.Repeats},
	callTicket:  {does: route.Repeats, opens: true},
	callInit:    {does: route.Repeats, opens: true},
	callParts:   {does: route.Reads, opens: true},
	callPut:     {does: route.Repeats},
	callCommit:  {does: route.Writes, check: "look into the folder whether the file is there"},
	callFind:    {does: route.Reads},
	callPreview: {does: route.Repeats},
	callLink:    {does: route.Writes, check: "look into the conversation whether the link was posted"},
}
