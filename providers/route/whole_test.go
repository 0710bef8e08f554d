package route

import (
	"strings"
	"testing"

	"countersign/providers/jsontext"
)

// Ten entries came in each of these.
func TestShort(t *testing.T) {
	whole := []string{
		`{}`, `{"code":0,"msg":"ok","userinfo":{"1":["admin"]}}`,
		`{"total":10}`, `{"total":"10"}`, `{"total":10.0}`, `{"total":9}`, `{"total":0}`, `{"total":-1}`,
		`{"total":null}`, `{"total":""}`, `{"total":"ten"}`, `{"total":true}`, `{"count":10}`,
		`{"totalCount":10,"pageSize":10}`,
		`{"hasMore":false}`, `{"hasMore":0}`, `{"has_more":"false"}`, `{"hasNext":null}`, `{"isLast":true}`,
		`{"isEnd":1}`, `{"last":true}`, `{"end":0,"last":1}`, `{"finished":1635170411}`,
		`{"nextCursor":""}`, `{"next_cursor":null}`, `{"next_cursor":0}`, `{"next_cursor":"0"}`, `{"next":-1}`,
		`{"nextToken":false}`, `{"next":{"href":null}}`, `{"links":{"next":null,"self":"/x"}}`,
		`{"page":1}`, `{"page":0,"pages":1}`, `{"page":1,"pageSize":20}`, `{"page":1,"pageSize":10,"total":10}`,
		`{"pageSize":10,"hasMore":false}`, `{"pageSize":10,"nextCursor":""}`, `{"limit":0}`, `{"limit":-1}`,
		`{"offset":0}`,
		`{"page":{"total":10,"pages":1,"current":1,"size":10}}`, `{"pageCount":10}`, `{"navigatePages":8,"size":10}`,
		`{"size":4096}`, `{"value":99}`, `{"pages":["a","b"]}`,
		`{"attachment":{"totalNum":99,"total":99}}`, `{"fileMap":{"size":999,"count":12}}`,
		`{"total":{"value":10,"relation":"eq"}}`, `{"a":{"b":{"c":{"total":99}}}}`,
		`{"content":[],"pageable":{"offset":0,"pageNumber":0,"pageSize":10,"paged":true},"last":true,` +
			`"totalElements":10,"totalPages":1,"size":10,"number":0,"numberOfElements":10,"first":true,"empty":false}`,
	}
	for _, body := range whole {
		if why := Incomplete(10, jsontext.Value(body).Members()); why != "" {
			t.Errorf("%s is taken for a part: %s", body, why)
		}
	}
	short := map[string]string{
		`{"total":11}`: "total is 11, and 10 came", `{"total":"11"}`: "total is 11", `{"total":1e2}`: "total is 100",
		`{"total":1e300}`: "total is", `{"total":1e999}`: "total is", `{"total":99999999999999999999}`: "total is",
		`{"totalCount":12}`: "totalCount is 12", `{"total_count":12}`: "total_count is 12",
		`{"TotalCount":"12"}`: "TotalCount is 12", `{"total-num":12}`: "total-num", `{"Total":12}`: "Total is 12",
		`{"count":11}`: "count is 11", `{"totalElements":25}`: "totalElements",
		`{"recordsTotal":11}`: "recordsTotal",
		`{"hasMore":true}`:    "hasMore is true", `{"has_more":1}`: "has_more is 1",
		`{"HasMore":"true"}`: "HasMore is true", `{"hasNext":"Y"}`: "hasNext is Y",
		`{"has_next_page":true}`: "has_next_page", `{"isTruncated":true}`: "isTruncated", `{"more":3}`: "more is 3",
		`{"partial":true}`: "partial",
		`{"isLast":false}`: "isLast is false", `{"isEnd":0}`: "isEnd is 0", `{"last":false}`: "last is false",
		`{"end":"false"}`: "end is false", `{"lastPage":3}`: "lastPage is 3",
		`{"nextCursor":"abc"}`: "nextCursor is abc", `{"next_cursor":7}`: "next_cursor is 7",
		`{"nextToken":"x"}`: "nextToken is x", `{"nextPage":2}`: "nextPage is 2",
		`{"next":"/app/approval/templet-list?page=2"}`: "next is /app", `{"next":{"href":"/2"}}`: "next is /2",
		`{"links":{"next":"/2"}}`:           "next is /2",
		`{"_links":{"next":{"href":"/2"}}}`: "next is /2", `{"@odata.nextLink":"/2"}`: "@odata.nextLink",
		`{"cursor":"c"}`: "cursor is c", `{"cursor":true}`: "cursor is true",
		`{"pages":2}`: "pages is 2, and one page came", `{"totalPages":"3"}`: "totalPages is 3",
		`{"pageCount":3}`: "pageCount is 3", `{"total_page":2}`: "total_page is 2",
		`{"page":2}`: "page is 2, so that what comes before is missing", `{"pageNum":"3"}`: "pageNum is 3",
		`{"offset":10}`:   "offset is 10",
		`{"pageSize":10}`: "pageSize is 10, as many as came", `{"page":1,"size":10}`: "size is 10, as many as came",
		`{"page_size":"10","page":1}`: "page_size is 10", `{"limit":5}`: "limit is 5",
		`{"perPage":10,"count":10}`: "perPage is 10",
		`{"page":{"total":30}}`:     "total is 30", `{"data":{"pagination":{"total":30}}}`: "total is 30",
		`{"pageInfo":{"hasNextPage":true,"endCursor":"x"}}`: "hasNextPage is true",
		`{"meta":{"paging":{"total":30}}}`:                  "total is 30",
		`{"total":{"value":11,"relation":"eq"}}`:            "total is 11",
		`{"total":10,"hasMore":true}`:                       "hasMore is true",
		`{"hasMore":false,"total":11}`:                      "total is 11",
	}
	for body, says := range short {
		if why := Incomplete(10, jsontext.Value(body).Members()); !strings.HasPrefix(why, says) {
			t.Errorf("%s: %q, should say %q", body, why, says)
		}
	}
	if why := Incomplete(0, jsontext.Value(`{"data":null,"total":3}`).Members()); why != "total is 3, and 0 came" {
		t.Error(why)
	}
}

// Whatever stands beside a list, looking at it ends, and says one thing each time.
func FuzzShort(f *testing.F) {
	for _, seed := range []string{`{"total":11}`, `{"page":{"size":"10","pages":1e9},"next":{"href":[]}}`,
		`{"links":{"next":null},"hasMore":"N","last":0}`, `{"total":{"value":1e999}}`, `[`, `{"a":`} {
		f.Add(seed, 10)
	}
	f.Fuzz(func(t *testing.T, beside string, entries int) {
		v, ok := jsontext.Parse(beside)
		if !ok {
			return // no client asks about a text that is none
		}
		if first, second := Incomplete(entries, v.Members()), Incomplete(entries, v.Members()); first != second {
			t.Errorf("%s, then %s", first, second)
		}
	})
}
