package dingtalk

import "strconv"

// FormValue is the value of a form's attachment field (component DDAttachment) that holds these files: a JSON array in
// a string, each file with the five keys that are all required (wire facts, A6).
func FormValue(files []Dentry) string {
	type attachment struct {
		Space string `json:"spaceId"`
		Name  string `json:"fileName"`
		Size  string `json:"fileSize"`
		Type  string `json:"fileType"`
		ID    string `json:"fileId"`
	}
	list := make([]attachment, 0, len(files))
	for _, f := range files {
		list = append(list, attachment{f.SpaceID, f.Name, strconv.FormatInt(f.Size, 10), f.Extension, f.ID})
	}
	raw, err := encode(list)
	if err != nil {
		return "[]" // strings and numbers can always be written
	}
	return string(raw)
}
