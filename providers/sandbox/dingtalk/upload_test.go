package dingtalk_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/providers/sandbox/dingtalk"
	"countersign/providers/sandbox/sandboxtest"
)

const uploadInfoPath = sandboxtest.StoragePath + "/files/uploadInfos/query?unionId=union123"

// Who has not asked for the space, or not lately, may not upload.
func TestUploadNeedsTheSpace(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	ask := `{"protocol":"HEADER_SIGNATURE","multipart":false}`
	uploadKey := o.Uploaded("x")
	o.Want(o.Ask(strings.Replace(uploadInfoPath, "union123", "union456", 1), ask), 403, "permissionDenied")
	o.Want(o.Ask(uploadInfoPath, ask), 200, "")
	o.Later(dingtalk.GrantLife)
	o.Want(o.Ask(uploadInfoPath, ask), 403, "permissionDenied")
	o.Want(o.Commit(uploadKey, "a.txt", "{}"), 403, "permissionDenied")
	o.Want(o.Ask(sandboxtest.StoragePath+"/files/multiPartUploadInfos/init?unionId=union123", "{}"), 403,
		"permissionDenied")
	o.SignIn()
	o.Want(o.Commit(uploadKey, "a.txt", "{}"), 200, "")
}

func TestUploadInfo(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	option := func(o string) string { return `{"protocol":"HEADER_SIGNATURE","multipart":false,"option":` + o + `}` }
	check := func(c string) string { return option(`{"preCheckParam":` + c + `}`) }
	tests := []struct {
		name, body, code string
	}{
		{"all of it", option(`{"storageDriver":"DINGTALK","preferRegion":"SHANGHAI","preferIntranet":true,` +
			`"preCheckParam":{"md5":"` + strings.Repeat("0", 32) +
			`","size":3,"parentId":"0","name":"合同.pdf"}}`), ""},
		{"nothing more", `{"protocol":"HEADER_SIGNATURE","multipart":false}`, ""},
		{"no protocol", `{"multipart":false}`, "Missingprotocol"},
		{"no multipart", `{"protocol":"HEADER_SIGNATURE"}`, "Missingmultipart"},
		{"protocol", `{"protocol":"URL","multipart":false}`, "paramError"},
		{"multipart", `{"protocol":"HEADER_SIGNATURE","multipart":true}`, "paramError.multipart"},
		{"multipart's type", `{"protocol":"HEADER_SIGNATURE","multipart":"no"}`, "paramError.multipart"},
		{"driver", option(`{"storageDriver":"ALIDOC"}`), "paramError.storageDriver"},
		{"region", option(`{"preferRegion":"MARS"}`), "paramError.preferRegion"},
		{"md5", check(`{"md5":"m"}`), "paramError.md5"},
		{"size", check(`{"size":-1}`), "paramError.size"},
		{"5 GB", check(`{"size":5368709120}`), ""},
		{"more than 5 GB", check(`{"size":5368709121}`), "paramError.multipart"},
		{"name", check(`{"name":"a|b"}`), "paramError.name"},
		{"folder", check(`{"parentId":"7"}`), "paramError.parentId"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status := 400
			if tt.code == "" {
				status = 200
			}
			o.Want(o.Ask(uploadInfoPath, tt.body), status, tt.code)
		})
	}
	body := tests[0].body
	o.Want(o.Ask(strings.Replace(uploadInfoPath, "union123", "nobody", 1), body), 400, "paramError.unionId")
	o.Want(o.Ask(strings.Replace(uploadInfoPath, "3996960664", "1", 1), body), 400, "spaceNotExist")
	o.Want(o.Ask(strings.Replace(uploadInfoPath, "3996960664", "x", 1), body), 400, "paramError.spaceId")

	r := o.Ask(uploadInfoPath, body)
	if region := o.Field(r, "headerSignatureInfo", "region"); region != "SHANGHAI" {
		t.Error(region)
	}
	if protocol, driver := o.Field(r, "protocol"), o.Field(r, "storageDriver"); protocol != "HEADER_SIGNATURE" ||
		driver != "DINGTALK" {
		t.Error(protocol, driver)
	}
}

// parts begins an upload in parts and returns the tickets for the first n.
func parts(o *sandboxtest.App, n int) (uploadKey string, infos []sandboxtest.Ticket) {
	o.T.Helper()
	uploadKey = o.Field(o.Ask(sandboxtest.StoragePath+"/files/multiPartUploadInfos/init?unionId=union123",
		`{"option":{"preCheckParam":{"name":"a"}}}`), "uploadKey")
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i + 1
	}
	r := partInfos(o, uploadKey, numbers)
	var answer struct {
		Parts []struct {
			PartNumber          int
			HeaderSignatureInfo sandboxtest.Ticket
		} `json:"multipartHeaderSignatureInfos"`
	}
	if err := json.Unmarshal([]byte(r.Body), &answer); err != nil || len(answer.Parts) != n {
		o.T.Fatalf("%s: %v", r.Body, err)
	}
	for i, p := range answer.Parts {
		if p.PartNumber != i+1 {
			o.T.Errorf("part %d is numbered %d", i+1, p.PartNumber)
		}
		infos = append(infos, p.HeaderSignatureInfo)
	}
	return uploadKey, infos
}

func partInfos(o *sandboxtest.App, uploadKey string, numbers []int) sandboxtest.Response {
	o.T.Helper()
	body, _ := json.Marshal(map[string]any{"uploadKey": uploadKey, "partNumbers": numbers})
	return o.Ask("/v1.0/storage/spaces/files/multiPartUploadInfos/query?unionId=union123", string(body))
}

// Parts come in any order, and again; the whole is what they make in the order of their numbers.
func TestParts(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	uploadKey, infos := parts(o, 3)
	a, b := strings.Repeat("a", dingtalk.MinPart), strings.Repeat("b", dingtalk.MinPart)
	for _, sent := range []struct {
		part int
		body string
	}{{3, "end"}, {1, b}, {2, b}, {1, a}} {
		if r := o.Put(infos[sent.part-1], sent.body); r.Status != 200 {
			t.Fatalf("part %d: %d %s", sent.part, r.Status, r.Body)
		}
	}
	o.Want(o.Commit(uploadKey, "parts.bin", `{"size":204802}`), 400, "paramError.size")
	id := o.Field(o.Commit(uploadKey, "parts.bin", `{"size":204803}`), "dentry", "id")
	if got := o.BytesOf(id); got != a+b+"end" {
		t.Errorf("%d bytes, others than were sent", len(got))
	}
}

func TestPartsRefused(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	uploadKey, infos := parts(o, 3)
	o.Want(o.Commit(uploadKey, "a", "{}"), 400, "paramError.uploadKey") // nothing sent
	o.Put(infos[0], "small")
	o.Want(o.Commit(uploadKey, "a", "{}"), 200, "") // one part is the last one, and may be small

	uploadKey, infos = parts(o, 3)
	o.Put(infos[0], strings.Repeat("a", dingtalk.MinPart))
	o.Put(infos[2], "end")
	o.Want(o.Commit(uploadKey, "b", "{}"), 400, "paramError.uploadKey") // the second is missing
	o.Put(infos[1], "small")
	o.Want(o.Commit(uploadKey, "b", "{}"), 400, "paramError.uploadKey")

	whole, _ := o.AskTicket("{}")
	for name, r := range map[string]sandboxtest.Response{
		"another's key":    partInfos(o, "x", []int{1}),
		"a whole file's":   partInfos(o, whole, []int{1}),
		"no part":          partInfos(o, uploadKey, []int{}),
		"part 0":           partInfos(o, uploadKey, []int{0}),
		"part 10001":       partInfos(o, uploadKey, []int{10001}),
		"thirty-one parts": partInfos(o, uploadKey, make([]int, 31)),
	} {
		if r.Status != 400 || !strings.Contains(r.Body, `"code":"paramError.`) {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
}

// The MD5 that was announced is held against what was sent, in one or in parts.
func TestIntegrity(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	const md5OfHello = "5d41402abc4b2a76b9719d911017c592"
	for body, code := range map[string]string{"hello": "", "hallo": "paramError.md5"} {
		uploadKey, info := o.AskTicket(fmt.Sprintf(`{"preCheckParam":{"md5":%q}}`, md5OfHello))
		o.Put(info, body)
		status := 200
		if code != "" {
			status = 400
		}
		o.Want(o.Commit(uploadKey, "hello.txt", "{}"), status, code)
	}
	if sum, err := dingtalk.MD5InPieces(o.Box.Shared().Store, "hel", "lo"); sum != md5OfHello || err != nil {
		t.Errorf("%s %v", sum, err)
	}
}

func TestUploadKeyLapses(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	uploadKey := o.Uploaded("x")
	o.Later(24 * time.Hour)
	o.SignIn()
	o.Want(o.Commit(uploadKey, "a.txt", "{}"), 400, "paramError.uploadKey")
}
