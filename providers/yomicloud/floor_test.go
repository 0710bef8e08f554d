package yomicloud

import "encoding/json"

// bareDecode reads a list as a program would that trusts the drive to write every value the same way each time.
func bareDecode(body []byte) (int, error) {
	var answer struct {
		Code int
		Data []struct {
			Content                                       string
			Createtime, CreatorID, EditorID, Edittime, ID int64
			FileID                                        int64 `json:"fileId"`
			MType                                         int   `json:"mType"`
			Title                                         string
		}
		Userinfo map[string][]string
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, err
	}
	for _, d := range answer.Data {
		var content struct {
			ApprovalType                       string
			ApproverAuth, CcAuth, DestFolderID int
			Mark                               bool
			Desc, Title                        string
			Step                               []struct {
				ApprovalNum, Type         int
				IDs, Realnames, Usernames []string
				Name                      string
			}
			UIDs []int64
		}
		if err := json.Unmarshal([]byte(d.Content), &content); err != nil {
			return 0, err
		}
	}
	return len(answer.Data), nil
}
