package diagnostic

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// worded is a diagnostic of HCL in the words of this program. Text that was added to its end stays there.
func worded(d *hcl.Diagnostic) (summary, detail string) {
	summary = d.Summary
	wordings := wordings()
	for _, begins := range []string{"Extraneous label", "Missing name", "Missing type", "Unexpected",
		"Extra characters in"} {
		if strings.HasPrefix(summary, begins+" ") && wordings[summary] == nil {
			summary = begins // what follows is a word of the file
		}
	}
	for _, w := range wordings[summary] {
		if m := w.is.FindStringSubmatchIndex(d.Detail); m != nil {
			detail := string(w.is.ExpandString(nil, w.detail, d.Detail, m)) + d.Detail[m[1]:]
			return w.summary, detail
		}
	}
	return d.Summary, d.Detail
}

// Sentence is a diagnostic as the end of a sentence, in the words of this program.
func Sentence(d *hcl.Diagnostic) string {
	_, detail := worded(d)
	return fmt.Sprintf("%s: %s", words.Place(*d.Subject), strings.TrimSuffix(detail, "."))
}

// wording replaces a diagnostic of HCL.
type wording struct {
	is              *regexp.Regexp // its detail, from its beginning
	summary, detail string
}

// wordings are the replacements, by HCL's summaries. They are made for the first diagnostic: most runs have none.
var wordings = sync.OnceValue(func() map[string][]wording {
	table := map[string][]wording{}
	for _, w := range hclsWords {
		// «x» is a word that is repeated; … is any text.
		pattern := strings.NewReplacer(`«`, `(?P<`, `»`, `>.*?)`, `…`, `(?s:.*)`).Replace(regexp.QuoteMeta(w[1]))
		table[w[0]] = append(table[w[0]], wording{regexp.MustCompile(`^` + pattern), w[2],
			regexp.MustCompile(`«(\w+)»`).ReplaceAllString(w[3], `${$1}`)})
	}
	return table
})

const (
	notHere  = "Neither a name nor a block begins here"
	forWrong = "Expression with for that is not right"
	badSign  = "Sign that is not the language's"
)

// notInside begins what HCL says of an index that leads nowhere.
const notInside = "The given key does not identify an element in this collection value"

// hclsWords are HCL's summary and the beginning of its detail, and the summary and detail that replace them.
var hclsWords = [][4]string{
	// Blocks and arguments.
	{"Attribute redefined", `The argument "«name»" was already set at «place». Each argument may be set only once.`,
		"Argument that is set twice",
		`"«name»" is set already, at «place». Take one of the two out.`},
	{"Invalid argument name", "Argument names must not be quoted.", "Name in quotation marks",
		"The name before = stands without quotation marks here."},
	{"Unclosed configuration block", "…", "{ without }", "This block is not closed. Write } behind its last line."},
	{"Unclosed configuration body", "…", "{ without }", "This block is not closed. Write } behind its last line."},
	{"Argument or block definition required", "…", notHere,
		"What can stand here is NAME = VALUE, or a block: its kind, its name in quotation marks, {, lines, and }."},
	{"Argument definition required",
		`A single-line block definition can contain only a single argument. If you meant to define argument "«name»"…`,
		notHere,
		`"«name»" is followed by no =. Write «name» = VALUE; blocks begin on a line of their own.`},
	{"Missing newline after argument", syntax.LateBrace, "} behind a value",
		"The } of a block of several lines stands on a line of its own."},
	{"Missing newline after argument", "…", "More on the line than one value",
		"The value ends here, and more follows on the same line. End the line behind each value; text stands in " +
			"quotation marks."},
	{"Unexpected comma after argument", "…", "Comma between arguments",
		"Arguments stand on lines of their own, and no comma between them. Take it out."},
	{"Invalid block definition", "The equals sign…", "Block with =",
		"Between the name of a block and { stands no =. Take it out."},
	{"Invalid block definition", "A block definition must have…", "Block without {",
		"A block goes on with { on the same line."},
	{"Invalid block definition", "Either a quoted…", "Block without {",
		"Behind the kind of a block stand its names in quotation marks, and {. If a value is meant, write = before " +
			"it."},
	{"Invalid single-argument block definition", "…", "More than one argument on a line",
		"A block on one line has one argument. Write each argument on a line of its own, and } on the last one."},
	{"Missing newline after block definition", "…", "More behind a block", "End the line behind the } of a block."},
	{"Extraneous label", "No labels are expected for «kind» blocks.", "Block with a name",
		"A block «kind» has no name. Take it out."},
	{"Extraneous label", "Only «number» labels («names») are expected for «kind» blocks.", "Block with too many names",
		"A block «kind» has one name. Take out what stands here."},
	{"Missing name", "All «kind» blocks must have «number» labels («names»).", "Block without a name",
		"Behind «kind» stands a name in quotation marks."},
	{"Missing type", "All «kind» blocks must have «number» labels («names»).", "Block without a type",
		"Behind «kind» stands its type in quotation marks."},
	{"Unexpected", "Blocks are not allowed here.", "Block where none can be", "Only NAME = VALUE can stand here."},
	{"Unexpected", "Expecting an endif…", "End of another %{ }",
		"What is open here is %{ if }, and ends with %{ endif }."},
	{"Unexpected", "Expecting an endfor…", "End of another %{ }",
		"What is open here is %{ for }, and ends with %{ endfor }."},
	{"Unexpected", "The control…", "End of no %{ }", "No %{ if } or %{ for } is open here."},
	{"Extra characters in", "…", "More in %{ } than can be", "The sequence ends before what stands here. Write }."},
	{"Unsupported argument", `An argument named "«name»" is not expected here.`, "Unknown argument",
		`There is no argument "«name»" here.`},
	{"Unsupported block type", `Blocks of type "«name»" are not expected here.`, "Unknown block",
		`There is no block "«name»" here.`},
	{"Missing required argument", `The argument "«name»" is required, but no definition was found.`, "Missing argument",
		`The argument "«name»" must be there.`},
	{"Missing required argument", `The argument "«name»" is required, but was not set.`, "Missing argument",
		`The argument "«name»" must be there.`},
	{"Incorrect JSON value type", "…", "Value of another kind",
		"A block is an object of JSON, {…}, or a list of them."},

	// Expressions.
	{"Missing expression", "…", "Missing value", "A value is missing here."},
	{"Invalid expression", "Expected the start of an expression, but found an invalid expression token.",
		"Missing value",
		"What stands here begins no value. A value is a text in quotation marks, a number, true, false, a list [ ], " +
			"an object { }, a reference or a function."},
	{"Missing false expression in conditional", "…", "Condition without its other value",
		"A condition has two values, for true and for false: CONDITION ? VALUE : VALUE."},
	{"Invalid legacy index syntax", "…", "Two numbers behind dots", "Write an index in brackets, such as [0][1]."},
	{"Nested splat expression not allowed", "…", "Several * in one reference",
		"Write an expression with for in its place."},
	{"Invalid nested splat expressions", "…", "Several * in one reference",
		"Write an expression with for in its place."},
	{"Invalid attribute name", "…", "Missing name", "Behind a dot stands a name."},
	{"Attribute name required", "Dot must…", "Missing name", "Behind a dot stands a name."},
	{"Attribute name required", "Splat…", "* where a name must be",
		"Write a name here; * has no place in this reference."},
	{"Variable name required", "…", "Missing name", "A reference begins with a name."},
	{"Index value required", "…", "Index that is not written out",
		"An index here is a number or a text in quotation marks."},
	{"Invalid character", "Expected an attribute access…", "Reference that goes on wrongly",
		"A reference goes on with . and a name, or with an index in brackets."},
	{"Missing close bracket on splat index", "…", "[ without ]", "Write ] behind *."},
	{"Missing close bracket on index", "…", "[ without ]", "Write ] behind the index."},
	{"Unclosed index brackets", "…", "[ without ]", "Write ] behind the index."},
	{"Unbalanced parentheses", "…", "( without )", "Write ) behind the expression."},
	{"Invalid number literal", "…", "Not a number", "This begins like a number, and is none."},
	{"Missing function name", "…", "Missing name", "Behind :: stands the name of a function."},
	{"Missing open parenthesis", "…", "Function without (", "Behind the name of a function stands (."},
	{"Missing closing parenthesis", "…", "( without )", "Behind ... only ) can stand."},
	{"Unterminated function call", "…", "( without )", "Write ) behind the last argument."},
	{"Missing argument separator", "…", "Missing comma", "Write a comma between the arguments of a function."},
	{"Unterminated tuple constructor expression", "…", "[ without ]", "Write ] behind the last element."},
	{"Missing item separator", "…", "Missing comma", "Write a comma between the elements of a list."},
	{"Missing attribute value", "…", "Missing value", "Write = and a value behind this name."},
	{"Missing key/value separator", "…", "Missing =",
		"Write = between a key and its value. A key with dots or blanks in it stands in quotation marks."},
	{"Unterminated object constructor expression", "…", "{ without }", "Write } behind the last value."},
	{"Missing attribute separator", "…", "Missing comma",
		"Write a comma between the elements of an object, or end the line."},
	{"Invalid 'for' expression", "For expression requires variable name…", forWrong, "Behind for stands a name."},
	{"Invalid 'for' expression", "For expression requires value…", forWrong, "Behind the comma stands a second name."},
	{"Invalid 'for' expression", "For expression requires the 'in'…", forWrong, "Behind the names stands in."},
	{"Invalid 'for' expression", "For expression requires a colon…", forWrong,
		"Behind what is gone through stands a colon."},
	{"Invalid 'for' expression", "Extra characters…", forWrong, "It ends before what stands here."},
	{"Invalid 'for' expression", "Key expression is not…", forWrong,
		"A list has no keys. For an object write { } in the place of [ ]."},
	{"Invalid 'for' expression", "Grouping…", forWrong, "... puts values of one key together, and a list has no keys."},
	{"Invalid 'for' expression", "Key expression is required…", forWrong,
		"An object has keys: write KEY => VALUE. For a list write [ ] in the place of { }."},
	{"Invalid string literal",
		"Template sequences are not allowed in this string. To include a literal «sign», double it…",
		"Sequence in a text that is written out",
		"This text is no template. For the sign itself, write it twice."},
	{"Invalid string literal", "…", "Not a text", "A text in quotation marks must stand here."},
	{"Unterminated string literal", "…", "Text without its quotation mark", `Write " where the text ends.`},
	{"Unterminated template string", "…", "Text without its end", "The text that begins here has no end."},
	{"Invalid multi-line string", "…", "Text without its quotation mark",
		`Write " where the text ends. For a text of several lines, write \n in it, or begin it with <<NAME.`},
	{"Invalid escape sequence", `The symbol "«sign»" is not…`, `Unknown sign behind \`,
		`Behind \ stand n, r, t, ", \, uNNNN or UNNNNNNNN. For the sign \ itself write \\.`},
	{"Invalid escape sequence", "…", `Unknown sign behind \`,
		`Behind \ stand n, r, t, ", \, uNNNN or UNNNNNNNN, where N are hexadecimal digits. For the sign \ itself ` +
			`write \\.`},
	{"Extra characters after expression", "…", "More behind a value", "The value ends before what stands here."},

	// Templates.
	{"Unexpected end of template", "The if directive at «place» is missing…", "%{ if without %{ endif",
		"The %{ if } at «place» is not closed. Write %{ endif } where it ends."},
	{"Unexpected end of template", "The for directive at «place» is missing…", "%{ for without %{ endfor",
		"The %{ for } at «place» is not closed. Write %{ endfor } where it ends."},
	{"Unexpected end of template", "…", "Text that ends within %{ }", "A %{ if } or %{ for } is not closed."},
	{"Unexpected else directive", "…", "%{ else where none can be",
		"One %{ else } stands between %{ if } and %{ endif }."},
	{"Unclosed template interpolation sequence", "…", "${ without }",
		"Write } behind the expression; for the signs themselves, write $$$${."},
	{"Extra characters after interpolation expression", "…", "More in ${ } than an expression",
		"The expression ends before what stands here. For the signs ${ themselves, write $$$${."},
	{"Invalid template directive", "…", "Unknown word behind %{",
		"Behind %{ stand if, else, endif, for or endfor. For the signs themselves, write %%{."},
	{"Invalid template control keyword", `"«word»" is not…`, "Unknown word behind %{",
		`"«word»" is not if, else, endif, for or endfor. For the signs %{ themselves, write %%{.`},
	{"Invalid 'for' directive", "For directive requires variable…", forWrong, "Behind for stands a name."},
	{"Invalid 'for' directive", "For directive requires value…", forWrong, "Behind the comma stands a second name."},
	{"Invalid 'for' directive", "For directive requires 'in'…", forWrong, "Behind the names stands in."},

	// Signs.
	{"Unsupported operator", "…", "Unknown operator",
		"There is no such operator. There are &&, || and ! for conditions, and pow(…) for powers."},
	{"Invalid character", "The \"`\"…", badSign, `Write " for it.`},
	{"Invalid character", "Single quotes…", badSign, `Write " for it.`},
	{"Invalid character", `The ";"…`, badSign,
		"End the line in its place, or write a comma between the elements of a list."},
	{"Invalid character", "Tab…", badSign, "Write blanks for tabs."},
	{"Invalid character", `"Curly…`, badSign, `Write " for it.`},
	{"Invalid character", "This character…", badSign,
		"Take it out, or put the text that it belongs to between quotation marks."},
	{"Invalid character encoding", "…", "Text is not UTF-8", "Save the file as UTF-8."},

	// JSON.
	{"Extraneous data after value", "…", "More behind the end", "The JSON ends before what stands here."},
	{"Missing JSON value", "…", "Missing value", "A value of JSON is missing here."},
	{"Missing array element value", "…", "Missing value", "A value is missing behind the comma."},
	{"Missing value", "The JSON data ends…", "Missing value", "A value of JSON is missing here."},
	{"Invalid start of value", "…", "Missing value",
		`What stands here begins no value of JSON. Texts stand in "quotation marks".`},
	{"Invalid object property name", "…", "Name without quotation marks", `Names of JSON stand in "quotation marks".`},
	{"Missing object value", "…", "Missing value", "Write a colon and a value behind this name."},
	{"Missing property value colon", "…", "Missing colon", "Write a colon between a name and its value."},
	{"Trailing comma in object", "…", "Comma behind the last value", "JSON has none. Take it out."},
	{"Trailing comma in array", "…", "Comma behind the last value", "JSON has none. Take it out."},
	{"Unclosed object", "There's no closing bracket…", "[ without ]",
		"This list is not closed. Write ] behind its last value."},
	{"Unclosed object", "…", "{ without }", "This object is not closed. Write } behind its last value."},
	{"Mismatched braces", "…", "Another bracket than }", "The object ends with }."},
	{"Mismatched brackets", "…", "Another bracket than ]", "The list ends with ]."},
	{"Missing attribute seperator comma", "…", "Missing comma", "Write a comma between two values."},
	{"Invalid array value", "…", "Colon in a list", "A list has no names. For names write { } in the place of [ ]."},
	{"Invalid JSON number", "…", "Not a number", "This begins like a number of JSON, and is none."},
	{"Invalid JSON string", "…", "Not a text", "This begins like a text of JSON, and is none."},
	{"Invalid JSON keyword", "…", "Unknown word",
		`JSON knows true, false and null. Other texts stand in "quotation marks".`},
	{"Root value must be object", "…", "Not an object", "A configuration in JSON is an object, {…}."},
	{"Extraneous JSON object property", `No argument or block type is named "«name»".`, "Unknown name",
		`There is no argument or block "«name»" here.`},
	{"Missing block label", "…", "Block without a name", `The name of the block is missing: {"KIND": {"NAME": {…}}}.`},

	// Values.
	{"Function calls not allowed", "Functions…", "Function where none can be", "No function can be called here."},
	{"Call to unknown function", `There are no functions in namespace "«name»".`, "Unknown function",
		`No function begins with "«name»".`},
	{"Call to unknown function", `There is no function named "«name»" in namespace «of».`, "Unknown function",
		`There is no function "«of»«name»".`},
	{"Call to unknown function", `There is no function named "«name»".`, "Unknown function",
		`There is no function "«name»".`},
	{"Invalid expanding argument value", "…", "Not a list before ...",
		"What stands before ... must be a list or a set, and not null."},
	{"Not enough function arguments", `Function "«name»" expects«least» «n» argument(s). Missing value for "«p»".`,
		"Too few arguments",
		`The function "«name»" takes«least» «n»; "«p»" is missing.`},
	{"Too many function arguments", `Function "«name»" expects only «n» argument(s).`, "Too many arguments",
		`The function "«name»" takes «n» at most.`},
	{"Invalid function argument", `Invalid value for "«p»" parameter: `, "Wrong argument",
		`"«p»" of this function cannot have this value: `},
	{"Error in function call", `Call to function "«name»" failed: `, "Function that failed", "«name»(…): "},
	{"Inconsistent conditional result types", "The true and false result expressions must have consistent types. ",
		"Two kinds of values",
		"Both values of a condition must be of one kind. "},
	{"Inconsistent conditional result types", "The «which» result value has the wrong type: ", "Two kinds of values",
		"Both values of a condition must be of one kind; the one for «which»: "},
	{"Null condition", "…", "Condition that is null", "A condition is true or false, and this one is null."},
	{"Incorrect condition type", "…", "Not a condition", "A condition is true or false, and this is neither."},
	{"Null value as key", "…", "Key that is null", "A key must not be null."},
	{"Incorrect key type", "Can't use this value as a key: ", "Not a key", "This value cannot be a key: "},
	{"Ambiguous attribute key", "…", "Key with dots",
		"For a reference write ( ) around the key, for a text quotation marks."},
	{"Iteration over null value", "…", forWrong, "What for goes through is null."},
	{"Iteration over non-iterable value",
		"A value of type «type» cannot be used as the collection in a 'for' expression.", forWrong,
		"for goes through a list, a set, a map or an object, and this is a «type»."},
	{"Condition is null", "…", forWrong, "The condition behind if is null."},
	{"Invalid 'for' condition", "The 'if' clause value is invalid: ", forWrong,
		"The condition behind if is neither true nor false: "},
	{"Invalid 'for' condition", "…", forWrong, "The condition behind if is null."},
	{"Invalid object key", "Key expression…", "Key that is null", "A key must not be null."},
	{"Invalid object key", "The key expression produced an invalid result: ", "Not a key",
		"This value cannot be a key: "},
	{"Splat of null value", "…", "* of null", "What stands before * is null."},
	{"Invalid operand", "Unsuitable value for «side» operand: ", "Wrong operand",
		"What stands at this sign does not suit it: "},
	{"Operation failed", "Error during operation: ", "Operation that failed", "It cannot be computed: "},
	{"Invalid template interpolation value", "The expression result is null…", "Null in a text",
		"A text cannot hold null."},
	{"Invalid template interpolation value", "An iteration result is null…", "Null in a text",
		"A text cannot hold null."},
	{"Invalid template interpolation value", "Cannot include the given value in a string template: ", "No text",
		"This value cannot stand in a text: "},
	{"Invalid template interpolation value",
		"Cannot include one of the interpolation results into the string template: ", "No text",
		"One of these values cannot stand in a text: "},
	{"Duplicate argument", `The argument "«name»" was already set at `, "Argument that is set twice",
		`"«name»" is set already, at `},
	{"Duplicate attribute definition", `The argument "«name»" was already set at `, "Argument that is set twice",
		`"«name»" is set already, at `},
	{"Invalid object key expression", "Cannot use this expression as an object key: ", "Not a key",
		"This cannot be a key: "},
	{"Invalid object key expression", "Cannot use null…", "Key that is null", "A key must not be null."},
	{"Duplicate object attribute", `An attribute named "«name»" was already defined at `, "Key that is there twice",
		`"«name»" is set already, at `},
	{"Attempt to index null value", "…", "Index of null", "This value is null, and has no elements."},
	{"Attempt to get attribute from null value", "…", "Attribute of null",
		"This value is null, and has no attributes."},
	{"Missing map element", `This map does not have an element with the key "«key»".`, "Unknown key",
		`This map has no element "«key»".`},
	{"Unsupported attribute", `This object does not have an attribute named "«name»".`, "Unknown attribute",
		`There is no attribute "«name»" in this object.`},
	{"Unsupported attribute", `Can't access attributes on a primitive-typed value («type»).`, "Attribute of no object",
		"This value is a «type», and has no attributes."},
	{"Unsupported attribute", "This value does not have any attributes.", "Attribute of no object",
		"This value has no attributes."},
	{"Unsupported attribute", "Can't access attributes on a list…", "Attribute of a list",
		"Its elements have attributes, and the list has none. Write an index for one of them, such as [0], or [*] " +
			"for all."},
	{"Unsupported attribute", "Can't access attributes on a set…", "Attribute of a set",
		"Its elements have attributes, and the set has none. Write [*] for all of them."},
	{"Invalid index", "Can't use a null value as an indexing key.", "Index that is null", "An index must not be null."},
	{"Invalid index", notInside + ": indexing a sequence…", "Wrong index",
		"An index of a list is a whole number, and this one is not."},
	{"Invalid index", notInside + ": a negative…", "Wrong index",
		"An index of a list begins with 0. The last one is length(LIST) - 1."},
	{"Invalid index", notInside + ": the collection has no…", "Index beyond the end", "The list is empty."},
	{"Invalid index", notInside + ": the given index…", "Index beyond the end",
		"The list ends before. Its first element has the index 0."},
	{"Invalid index", notInside + ": ", "Wrong index", "This cannot be an index here: "},
	{"Invalid index", notInside + ". An object only…", "Number for a name",
		`Names lead to what is in an object, such as ["legal"], and no numbers. For its values in order, write ` +
			"values(…)."},
	{"Invalid index", notInside + ".", "Index or key of nothing", "There is no element with this index or key."},
	{"Invalid index", "Elements of a set…", "Index of a set",
		"The elements of a set have neither keys nor an order. For an index, write tolist(…)."},
	{"Invalid index", "This value does not have any indices.", "Index of no list", "This value has no elements."},
	{"Variables not allowed", "…", "Reference where none can be",
		"Nothing can be referred to here. If text is meant, put it in quotation marks."},
	{"Unknown variable", `There is no variable named "«name»".`, "Unknown reference",
		`"«name»" is not a name that is known here.`},

	// Types.
	{"Invalid type specification", "The «kind» type constructor requires one argument specifying the element type.",
		"Type that is not whole", "Behind «kind» stands the type of its elements: «kind»(string), or «kind»(any)."},
	{"Invalid type specification", "The object type constructor…", "Type that is not whole",
		"Behind object stand the types of its attributes: object({ name = string })."},
	{"Invalid type specification", "Object type constructor…", "Type that is not whole",
		"Behind object stand the types of its attributes: object({ name = string })."},
	{"Invalid type specification", "The tuple type constructor…", "Type that is not whole",
		"Behind tuple stand the types of its elements: tuple([string, number])."},
	{"Invalid type specification", "Tuple type constructor…", "Type that is not whole",
		"Behind tuple stand the types of its elements: tuple([string, number])."},
	{"Invalid type specification", `The keyword "«name»" is not a valid type specification.`, "Unknown type",
		`There is no type "«name»".`},
	{"Invalid type specification", `Keyword "«name»" is not a valid type constructor.`, "Unknown type",
		`There is no type "«name»".`},
	{"Invalid type specification", `The keyword "«name»" cannot be used…`, "Type that is not exact",
		"An exact type must stand here, and «name» is none."},
	{"Invalid type specification", "A type specification…", "Not a type",
		"A type is string, number, bool or any, without quotation marks, or list(…), set(…), map(…), tuple([…]) or " +
			"object({…})."},
	{"Invalid type specification", `Primitive type keyword "«name»" does not…`, "More than a type",
		"Behind «name» stand no brackets."},
	{"Invalid type specification", `Type constraint keyword "«name»" does not…`, "More than a type",
		"Behind «name» stand no brackets."},
	{"Invalid type specification", "Object constructor map keys must be attribute names.", "Not a name",
		"The name of an attribute stands here, without quotation marks."},
	{"Invalid type specification", "Object constructor map keys must be unique.", "Attribute that is there twice",
		"An attribute of this name stands there already."},
	{"Invalid type specification", "Optional attribute modifier requires…", "Type that is not whole",
		"Behind optional stands the attribute's type: optional(string), or with a default optional(string, \"x\")."},
	{"Invalid type specification", "Optional attribute modifier expects…", "More than a type",
		"optional has a type and a default, and nothing else: optional(string, \"x\")."},
	{"Invalid type specification", "Optional attribute modifier is only…", "Type that is not exact",
		"An exact type must stand here, in which nothing is optional."},
	{"Invalid type specification", `Keyword "«name»" is valid only…`, "Type that is not whole",
		"«name» stands before an attribute's type in object({…}) only."},
	{"Invalid default value for optional attribute",
		"This default value is not compatible with the attribute's type constraint: ", "Invalid default",
		"This default does not suit the attribute's type: "},
	{"Duplicate object key",
		`Two different items produced the key "«key»" in this 'for' expression. If duplicates are expected, use the ` +
			"ellipsis (...) after the value expression to enable grouping by key.", "Key that is there twice",
		`Two elements give the key "«key»". Give each its own, or write ... behind the value to make lists of them.`},
}
