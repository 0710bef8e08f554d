package route

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"countersign/providers/jsontext"
)

// What stands beside a list, in the spellings that services use for it. Names are compared in small letters, without
// the signs between their words.
var (
	totals = words("total totals totalcount counttotal totalnum totalnumber totalsize totalelements totalrecords " +
		"totalrows totalitems totalhits " +
		"totalresults totalentries recordcount recordstotal recordsfiltered itemstotal allcount numfound")
	counts     = words("count rowcount itemcount") // of all, or of those that came
	pageCounts = words("pages totalpage totalpages pagestotal totalpagenum totalpagecount maxpage lastpage " +
		"navigatelastpage last")
	pageTotals = words("pagecount pagetotal") // how many pages, or how many on this one
	pagesNow   = words("page pageno pagenum pagenumber pageindex curpage currentpage current")
	offsets    = words("offset skip startindex")
	pageSizes  = words("pagesize perpage limit maxresults maxitems maxkeys pagelimit rowsperpage")
	moreFlags  = words("hasmore more hasnext hasnextpage hasmorepages hasmoredata hasmoreitems moreavailable " +
		"morerecords istruncated truncated " +
		"ispartial partial incomplete incompleteresults isincomplete")
	endFlags = words("islast islastpage lastpage last lastone isend isended end finished isfinish isfinished " +
		"complete iscomplete completed nomore " +
		"isall iswhole whole")
	nexts = words("next nextpage nextpageno nextcursor nexttoken nextpagetoken nextmarker nextkey nextid nextoffset " +
		"nextstart nextlink nexturl " +
		"nexturi nexthref cursor pagetoken continuation continuationtoken scrollid odatanextlink")

	// The objects that such things are gathered in. Others beside a list speak of something else.
	gathered = words("page pages paging pageinfo pager pagination pageable meta metadata header links link result " +
		"results response data list items rows entries files folders children")
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

// Incomplete says by what stands beside a list of so many entries that it is not the whole: a total above them, more or
// another page to come, or exactly a page of them with nothing that says that there are no more. It is "" for a list
// that nothing speaks against. Members of other meanings may be among those beside it.
//
// No document of the vendors knows pages where we ask for none. Who does not notice that a service begins to give them
// takes what is on the next page for deleted.
func Incomplete(entries int, beside iter.Seq2[string, jsontext.Value]) string {
	s := sides{entries: int64(entries)}
	s.read(beside, 2)
	if s.short == "" && !s.ended && s.size > 0 && s.entries >= s.size {
		return fmt.Sprintf("%s is %d, as many as came, and nothing says that there are no more", s.sizeName, s.size)
	}
	return s.short
}

// sides is what was read beside a list so far.
type sides struct {
	entries  int64
	short    string // the first that says that it is not the whole
	ended    bool   // something says that there is no more
	size     int64  // of a page; 0: not known
	sizeName string
}

// say notes a word for or against the list's being whole.
func (s *sides) say(short bool, format string, values ...any) {
	if !short {
		s.ended = true
	} else if s.short == "" {
		s.short = fmt.Sprintf(format, values...)
	}
}

func (s *sides) read(beside iter.Seq2[string, jsontext.Value], depth int) {
	paged := false
	var size jsontext.Member
	for key, v := range beside {
		name := strings.Map(func(r rune) rune {
			if strings.ContainsRune("_-. @$", r) {
				return -1
			}
			return r
		}, strings.ToLower(key))
		switch {
		case v.Is('{') && nexts[name]:
			for _, in := range v.Members() { // such as {"href": "…"}
				s.next(key, in)
			}
		case v.Is('{') && totals[name]:
			for in, n := range v.Members() { // such as {"value": 12, "relation": "eq"}
				if in == "value" {
					s.note(name, key, n)
				}
			}
		case v.Is('{'):
			if depth > 0 && gathered[name] {
				s.read(v.Members(), depth-1)
			}
		case name == "size":
			size = jsontext.Member{Key: key, Value: v}
		default:
			paged = paged || pagesNow[name]
			s.note(name, key, v)
		}
	}
	if paged { // elsewhere it may be the size of anything
		s.note("pagesize", size.Key, size.Value)
	}
}

// note reads one thing beside a list.
func (s *sides) note(name, key string, v jsontext.Value) {
	n, number := whole(v)
	yes, flagged := v.Bool()
	switch {
	case (totals[name] || counts[name]) && number:
		switch {
		case n > s.entries:
			s.say(true, "%s is %d, and %d came", key, n, s.entries)
		case n == s.entries && totals[name]:
			s.say(false, "")
		}
	case pageCounts[name] && number && n > 0:
		s.say(n > 1, "%s is %d, and one page came", key, n)
	case pageTotals[name] && number && n > 1 && n != s.entries:
		s.say(true, "%s is %d, and one page came", key, n)
	case moreFlags[name] && (flagged || number):
		s.say(yes || number && n > 0, "%s is %s", key, v.Words())
	case endFlags[name] && flagged && (!number || strings.HasPrefix(name, "is")):
		s.say(!yes, "%s is %s", key, v.Words())
	case nexts[name]:
		s.next(key, v)
	case pagesNow[name] && number && n > 1, offsets[name] && number && n > 0:
		s.say(true, "%s is %d, so that what comes before is missing", key, n)
	case pageSizes[name] && number && n > 0:
		s.size, s.sizeName = n, key
	}
}

// next reads what leads to another page; where there is none it is empty, null, 0, -1 or false.
func (s *sides) next(key string, v jsontext.Value) {
	n, number := whole(v)
	yes, flagged := v.Bool()
	word := strings.TrimSpace(v.Words())
	s.say(word != "" && !(number && n <= 0) && !(flagged && !yes), "%s is %s", key, Line(word, 40))
}

// whole reads a number, written as one or as text; what is larger than any list is as good as its limit here.
func whole(v jsontext.Value) (int64, bool) {
	s := strings.TrimSpace(v.Words())
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return int64(max(-1, min(f, 1<<62))), f == f && (err == nil || f > 1)
}
