package yomicloud

import (
	"regexp"

	"countersign/providers/route"
)

// endpoint is what holds of a call of the vendor's document each time that it is made.
type endpoint struct {
	does     route.Effect   // Writes: it changes the drive
	right    string         // who may make it, by the document; "": administrators
	check    string         // how to find out what became of it; "": the program does so by itself
	missing  *regexp.Regexp // what a drive says of the one thing asked for when it is not there
	file     bool           // it is answered with a file
	long     bool           // it is answered with a list of all that there ever was
	codeless bool           // the document shows its answer without a code; without one, others are no answers
	secret   bool           // the token is in its address, so that no word of that may get into a message
}

const (
	checkApproval = "look at the approval before sending it again"
	checkUpload   = "an attachment of one file, or an empty one, may be sent again; for a file among several, look " +
		"at the attachment's list first"
)

// endpoints are all calls that this client makes.
var endpoints = map[string]endpoint{
	pathContent: {does: route.Reads, missing: noSuch(`(?:审批)?模[板版]`, `(?:approval)?templ(?:ate|et)`)},
	pathSet:     {does: route.Writes},
	pathList:    {does: route.Reads},
	pathManaged: {does: route.Reads},
	pathRemove:  {does: route.Writes},

	pathRaise: {does: route.Writes, right: adviseSee,
		check: "look for it among the approvals you raised before raising it again"},
	pathRaised:   {does: route.Reads, right: adviseToken, long: true},
	pathView:     {does: route.Reads, right: adviseView, missing: noSuch(`审批`, `approval`)},
	pathHandling: {does: route.Reads, right: adviseToken, long: true},
	pathHandle:   {does: route.Writes, right: adviseTurn, check: checkApproval},
	pathDrop:     {does: route.Writes, check: checkApproval},
	pathLog:      {does: route.Reads, right: adviseSee, long: true},

	pathUpload:   {does: route.Writes, right: adviseOwn, check: checkUpload, secret: true},
	pathSeveral:  {does: route.Writes, right: adviseOwn, check: checkUpload},
	pathDownload: {does: route.Reads, right: adviseOwn, file: true},
	pathFiles:    {does: route.Reads, right: adviseOwn},
	pathZip:      {does: route.Reads, right: adviseOwn, file: true},

	pathDir: {does: route.Reads, right: adviseSee, codeless: true},
}
