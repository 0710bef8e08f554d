package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

const uploadInfoPath = storagePath + "/files/uploadInfos/query?unionId=union123"

// Who has not asked for the space, or not lately, may not upload.
func TestUploadNeedsTheSpace(t *testing.T) {
	o := newOffice(t).signIn()
	ask := `{"protocol":"HEADER_SIGNATURE","multipart":false}`
	uploadKey := o.uploaded("x")
	o.want(o.ask(strings.Replace(uploadInfoPath, "union123", "union456", 1), ask), 403, "permissionDenied")
	o.want(o.ask(uploadInfoPath, ask), 200, "")
	o.later(dingtalkGrantLife)
	o.want(o.ask(uploadInfoPath, ask), 403, "permissionDenied")
	o.want(o.commit(uploadKey, "a.txt", "{}"), 403, "permissionDenied")
	o.want(o.ask(storagePath+"/files/multiPartUploadInfos/init?unionId=union123", "{}"), 403, "permissionDenied")
	o.signIn()
	o.want(o.commit(uploadKey, "a.txt", "{}"), 200, "")
}

func TestUploadInfo(t *testing.T) {
	o := newOffice(t).signIn()
	option := func(o string) string { return `{"protocol":"HEADER_SIGNATURE","multipart":false,"option":` + o + `}` }
	check := func(c string) string { return option(`{"preCheckParam":` + c + `}`) }
	tests := []struct {
		name, body, code string
	}{
		{"all of it", option(`{"storageDriver":"DINGTALK","preferRegion":"SHANGHAI","preferIntranet":true,"preCheckParam":{"md5":"` +
			strings.Repeat("0", 32) + `","size":3,"parentId":"0","name":"合同.pdf"}}`), ""},
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
			o.want(o.ask(uploadInfoPath, tt.body), status, tt.code)
		})
	}
	body := tests[0].body
	o.want(o.ask(strings.Replace(uploadInfoPath, "union123", "nobody", 1), body), 400, "paramError.unionId")
	o.want(o.ask(strings.Replace(uploadInfoPath, "3996960664", "1", 1), body), 400, "spaceNotExist")
	o.want(o.ask(strings.Replace(uploadInfoPath, "3996960664", "x", 1), body), 400, "paramError.spaceId")

	r := o.ask(uploadInfoPath, body)
	if region := o.field(r, "headerSignatureInfo", "region"); region != "SHANGHAI" {
		t.Error(region)
	}
	if protocol, driver := o.field(r, "protocol"), o.field(r, "storageDriver"); protocol != "HEADER_SIGNATURE" || driver != "DINGTALK" {
		t.Error(protocol, driver)
	}
}

// parts begins an upload in parts and returns the tickets for the first n.
func (o *office) parts(n int) (uploadKey string, infos []headerSignatureInfo) {
	o.t.Helper()
	uploadKey = o.field(o.ask(storagePath+"/files/multiPartUploadInfos/init?unionId=union123", `{"option":{"preCheckParam":{"name":"a"}}}`), "uploadKey")
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i + 1
	}
	r := o.partInfos(uploadKey, numbers)
	var answer struct {
		Parts []struct {
			PartNumber          int
			HeaderSignatureInfo headerSignatureInfo
		} `json:"multipartHeaderSignatureInfos"`
	}
	if err := json.Unmarshal([]byte(r.body), &answer); err != nil || len(answer.Parts) != n {
		o.t.Fatalf("%s: %v", r.body, err)
	}
	for i, p := range answer.Parts {
		if p.PartNumber != i+1 {
			o.t.Errorf("part %d is numbered %d", i+1, p.PartNumber)
		}
		infos = append(infos, p.HeaderSignatureInfo)
	}
	return uploadKey, infos
}

func (o *office) partInfos(uploadKey string, numbers []int) heard {
	o.t.Helper()
	body, _ := json.Marshal(map[string]any{"uploadKey": uploadKey, "partNumbers": numbers})
	return o.ask("/v1.0/storage/spaces/files/multiPartUploadInfos/query?unionId=union123", string(body))
}

// Parts come in any order, and again; the whole is what they make in the order of their numbers.
func TestParts(t *testing.T) {
	o := newOffice(t).signIn()
	uploadKey, infos := o.parts(3)
	a, b := strings.Repeat("a", dingtalkMinPart), strings.Repeat("b", dingtalkMinPart)
	for _, sent := range []struct {
		part int
		body string
	}{{3, "end"}, {1, b}, {2, b}, {1, a}} {
		if r := o.put(infos[sent.part-1], sent.body); r.status != 200 {
			t.Fatalf("part %d: %d %s", sent.part, r.status, r.body)
		}
	}
	o.want(o.commit(uploadKey, "parts.bin", `{"size":204802}`), 400, "paramError.size")
	id := o.field(o.commit(uploadKey, "parts.bin", `{"size":204803}`), "dentry", "id")
	if got := o.bytesOf(id); got != a+b+"end" {
		t.Errorf("%d bytes, others than were sent", len(got))
	}
}

func TestPartsRefused(t *testing.T) {
	o := newOffice(t).signIn()
	uploadKey, infos := o.parts(3)
	o.want(o.commit(uploadKey, "a", "{}"), 400, "paramError.uploadKey") // nothing sent
	o.put(infos[0], "small")
	o.want(o.commit(uploadKey, "a", "{}"), 200, "") // one part is the last one, and may be small

	uploadKey, infos = o.parts(3)
	o.put(infos[0], strings.Repeat("a", dingtalkMinPart))
	o.put(infos[2], "end")
	o.want(o.commit(uploadKey, "b", "{}"), 400, "paramError.uploadKey") // the second is missing
	o.put(infos[1], "small")
	o.want(o.commit(uploadKey, "b", "{}"), 400, "paramError.uploadKey")

	whole, _ := o.ticket("{}")
	for name, r := range map[string]heard{
		"another's key":    o.partInfos("x", []int{1}),
		"a whole file's":   o.partInfos(whole, []int{1}),
		"no part":          o.partInfos(uploadKey, []int{}),
		"part 0":           o.partInfos(uploadKey, []int{0}),
		"part 10001":       o.partInfos(uploadKey, []int{10001}),
		"thirty-one parts": o.partInfos(uploadKey, make([]int, 31)),
	} {
		if r.status != 400 || !strings.Contains(r.body, `"code":"paramError.`) {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

// The MD5 that was announced is held against what was sent, in one or in parts.
func TestIntegrity(t *testing.T) {
	o := newOffice(t).signIn()
	const md5OfHello = "5d41402abc4b2a76b9719d911017c592"
	for body, code := range map[string]string{"hello": "", "hallo": "paramError.md5"} {
		uploadKey, info := o.ticket(fmt.Sprintf(`{"preCheckParam":{"md5":%q}}`, md5OfHello))
		o.put(info, body)
		status := 200
		if code != "" {
			status = 400
		}
		o.want(o.commit(uploadKey, "hello.txt", "{}"), status, code)
	}
	whole := o.box.uploads
	first, _, err := whole.take("test", strings.NewReader("hel"))
	second, _, err2 := whole.take("test", strings.NewReader("lo"))
	if sum, err3 := whole.md5([]piece{first, second}); sum != md5OfHello || err != nil || err2 != nil || err3 != nil {
		t.Errorf("%s %v %v %v", sum, err, err2, err3)
	}
}

func TestUploadKeyLapses(t *testing.T) {
	o := newOffice(t).signIn()
	uploadKey := o.uploaded("x")
	o.later(24 * time.Hour)
	o.signIn()
	o.want(o.commit(uploadKey, "a.txt", "{}"), 400, "paramError.uploadKey")
}
