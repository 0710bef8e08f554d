package drive

import (
	"io"
	"os"
)

// What the external tests of this package see of it besides.
type AttachmentInfo = attachmentInfo

const (
	MaxField       = maxField
	UploadPath     = uploadPath
	TypeUpload     = typeUpload
	TypePreview    = typePreview
	TypeModify     = typeModify
	RuleAll        = ruleAll
	RuleAny        = ruleAny
	RuleMoreThan   = ruleMoreThan
	RuleDesignated = ruleDesignated
)

var (
	Catalogue = catalogue
	Endpoints = endpoints
	FullPath  = fullPath
	CutLast   = cutLast
)

// ReceiveFile reads a file of an upload into a file of the disk.
func ReceiveFile(from io.Reader, size int64, to *os.File) error {
	return (&upload{size: size}).receiveFile(from, to)
}
