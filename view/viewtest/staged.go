package viewtest

import "countersign/schema"

// StagedFiles are files as DingTalk has them, and the value of the form's field that holds them.
func StagedFiles() (files []schema.StagedFile, value string) {
	for _, f := range StagedState()[0].DingTalk.Files {
		files = append(files, f.StagedFile)
	}
	return files, `[{"spaceId":"10086","fileName":"第一章` + "\u202e" + `(1).pdf","fileSize":"1234567","fileType":"pdf",` +
		`"fileId":"5550"}]`
}
