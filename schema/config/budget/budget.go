// Package budget limits what the evaluation of expressions costs: a few lines can ask for more than any machine has.
// Everything that makes a value first takes from a budget of text, elements, steps and time. When that is spent,
// nothing is evaluated any more. The package knows HCL and its values, and no blocks.
//
// An expression is evaluated as a copy whose parts take from the budget (meter.go). Functions (function.go) and the
// conversion to types (type.go) are wrapped.
package budget

import (
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// Variable is the environment variable that multiplies the budget.
const Variable = "COUNTERSIGN_BUDGET"

// What one evaluation may take: about ten times what 100,000 templates need (TestBudgetOfTheWorld). A proposed
// configuration is planned before anybody has reviewed it.
const (
	maxBytes    = 256 << 20  // of text that expressions make
	maxElements = 12_000_000 // of lists, sets, maps and objects that they make
	maxSteps    = 60_000_000 // parts of expressions that get a value, and elements that are looked at
	maxTime     = 2 * time.Minute
	maxExponent = 4096 // of a number, to the base 2: about 1,200 digits
)

// Cost is what something takes from a budget.
type Cost struct{ Bytes, Elements, Steps int64 }

// Times is a product. Where it overflows, it is the largest number there is.
func Times(a, b int64) int64 {
	if a > 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}

// Plus is a sum. Where it overflows, it is the largest number there is.
func Plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// Plus is what two take together.
func (c Cost) Plus(o Cost) Cost {
	return Cost{Plus(c.Bytes, o.Bytes), Plus(c.Elements, o.Elements), Plus(c.Steps, o.Steps)}
}

// Budget is what is left to one evaluation. Once it is spent it stays so, even if try(…) catches the error.
type Budget struct {
	left   Cost
	factor float64
	clock  clock
	ticks  int
	at     hcl.Range                         // of the part of an expression that is evaluated now; zero for none
	spent  *hcl.Diagnostic                   // nil while something is left
	copies map[hcl.Expression]hcl.Expression // of expressions, whose parts take from this budget
	inType bool                              // a type is being read

	mu  sync.Mutex
	now hcl.Expression // that is evaluated now; Overdue reads it from another goroutine
}

// New is the budget that the environment gives; the diagnostic says that Variable is wrong.
func New(environ map[string]string) (*Budget, *hcl.Diagnostic) {
	b := &Budget{factor: 1, copies: map[hcl.Expression]hcl.Expression{}}
	var wrong *hcl.Diagnostic
	if text := environ[Variable]; text != "" {
		if factor, err := strconv.ParseFloat(text, 64); err != nil || !(factor > 0) || factor > 1e6 {
			wrong = &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid budget",
				Detail: fmt.Sprintf("%s is %q. It is how many times as much as usual an evaluation may take, a "+
					"number such as 2 or 0.5.", Variable, text)}
		} else {
			b.factor = factor
		}
	}
	b.left = Cost{b.limit(maxBytes), b.limit(maxElements), b.limit(maxSteps)}
	b.clock = clock{began: time.Now(), most: time.Duration(b.limit(int64(maxTime)))}
	return b, wrong
}

// limit is a limit times the factor.
func (b *Budget) limit(limit int64) int64 { return int64(float64(limit) * b.factor) }

// outOfBudget ends an evaluation, as a panic: neither HCL's loops nor cty's can be stopped otherwise. within catches
// it.
type outOfBudget struct{}

func (outOfBudget) Error() string { return "the budget of the evaluation is spent" }

// draw takes a cost, and ends the evaluation when less than that is left.
func (b *Budget) draw(c Cost) {
	if err := b.Take(c); err != nil {
		panic(outOfBudget{})
	}
}

// Take takes a cost. It is an error when less than that is left.
func (b *Budget) Take(c Cost) error {
	b.ticks++
	if b.ticks&1023 == 0 || c.Steps > 10000 {
		b.clock.check(b)
	}
	if err := b.afford(c); err != nil {
		return err
	}
	b.left.Bytes -= c.Bytes
	b.left.Elements -= c.Elements
	b.left.Steps -= c.Steps
	return nil
}

// afford is an error when a cost is more than is left. It takes nothing.
func (b *Budget) afford(c Cost) error {
	switch {
	case b.spent != nil:
	case c.Bytes > b.left.Bytes:
		b.exhaust("Expressions may make %s of text in one evaluation, and with this one they would make more.",
			words.Size(b.limit(maxBytes)))
	case c.Elements > b.left.Elements:
		b.exhaust("Expressions may make %s elements of lists, maps and objects in one evaluation, and with this one "+
			"they would make more.", words.Thousands(b.limit(maxElements)))
	case c.Steps > b.left.Steps:
		b.exhaust("One evaluation may take %s steps, and with this one it would take more.",
			words.Thousands(b.limit(maxSteps)))
	default:
		return nil
	}
	return outOfBudget{}
}

// exhaust spends the budget. The text says what was missing, at the part of an expression that needed it.
func (b *Budget) exhaust(format string, args ...any) {
	b.stop("Budget spent", fmt.Sprintf(format, args...)+fmt.Sprintf(" What is usual suffices for a million "+
		"templates, so most likely lists are multiplied here that should not be. If all of it is meant, set %s=%s in "+
		"the environment to allow twice as much.", Variable, strconv.FormatFloat(2*b.factor, 'g', -1, 64)))
}

// refuse ends the evaluation for something that no budget allows.
func (b *Budget) refuse(format string, args ...any) {
	b.stop("Value too large", fmt.Sprintf(format, args...))
	panic(outOfBudget{})
}

// stop notes why nothing is evaluated any more. The first reason counts.
func (b *Budget) stop(summary, detail string) {
	if b.spent != nil {
		return
	}
	b.spent = &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail}
	if at := b.at; at.Filename != "" {
		b.spent.Subject = &at
	}
}

// Value evaluates an expression. When the budget is spent, the error is always the same diagnostic.
func (b *Budget) Value(expr hcl.Expression, ctx *hcl.EvalContext) (v cty.Value, diags hcl.Diagnostics) {
	if b.spent != nil {
		return cty.DynamicVal, hcl.Diagnostics{b.spent}
	}
	b.mu.Lock()
	b.now = expr
	b.mu.Unlock()
	spent := b.within(expr.Range(), func() {
		b.draw(Cost{Steps: 1})
		v, diags = b.metered(expr).Value(ctx)
		if ty := v.Type(); ty == cty.String || ty == cty.Number {
			b.guard(v)
		}
	})
	if spent != nil { // even if try(…) has gone on
		return cty.DynamicVal, hcl.Diagnostics{spent}
	}
	return v, diags
}

// Overdue is the diagnostic of an evaluation that takes too long, and that nobody waits for any more.
func (b *Budget) Overdue() *hcl.Diagnostic {
	late := &Budget{factor: b.factor}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.now != nil {
		late.at = b.now.Range()
	}
	late.exhaust("One evaluation may take %s, and this one takes longer.", b.clock.most)
	return late.spent
}

// Once is Value for an expression that is not evaluated again: no copy of it is kept.
func (b *Budget) Once(expr hcl.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := b.Value(expr, ctx)
	delete(b.copies, expr)
	return v, diags
}

// Keep is Value for what other expressions may refer to. It takes for everything in the value, because others will look
// at all of it.
func (b *Budget) Keep(expr hcl.Expression, ctx *hcl.EvalContext) (v cty.Value, diags hcl.Diagnostics) {
	v, diags = b.Value(expr, ctx)
	if diags.HasErrors() || b.chargeValue(v, expr.Range()) == nil {
		return v, diags
	}
	return cty.DynamicVal, hcl.Diagnostics{b.spent}
}

// Charge takes a cost that arises at a place; the result is the budget's diagnostic, or nil.
func (b *Budget) Charge(c Cost, at hcl.Range) (spent *hcl.Diagnostic) {
	return b.within(at, func() { b.draw(c) })
}

// chargeValue takes for looking at everything in a value.
func (b *Budget) chargeValue(v cty.Value, at hcl.Range) (spent *hcl.Diagnostic) {
	return b.within(at, func() { b.draw(Cost{Steps: b.weigh(v).Steps}) })
}

// ChargeWritten takes for a value that is written into states and plans.
func (b *Budget) ChargeWritten(v cty.Value, at hcl.Range) (spent *hcl.Diagnostic) {
	return b.within(at, func() {
		w := b.weigh(v)
		b.draw(Cost{Bytes: w.Bytes, Elements: w.Elements, Steps: 2 * w.Steps})
	})
}

// ChargeLook takes for a value that is converted to another type.
func (b *Budget) ChargeLook(v cty.Value, at hcl.Range) (spent *hcl.Diagnostic) {
	return b.within(at, func() { b.guard(v) })
}

// Spent is the diagnostic of a spent budget; nil while something is left.
func (b *Budget) Spent() *hcl.Diagnostic { return b.spent }

// Left is what is left.
func (b *Budget) Left() Cost { return b.left }

// Ask asks a person. The time does not count.
func (b *Budget) Ask(question func() (string, error)) (string, error) { return b.clock.ask(question) }

// Time is how long an evaluation may take.
func (b *Budget) Time() time.Duration { return b.clock.most }

// within does work that takes from the budget, at a place; the result is the budget's diagnostic, or nil.
func (b *Budget) within(at hcl.Range, work func()) (spent *hcl.Diagnostic) {
	outer := b.at
	defer func() { b.at, spent = outer, b.spent }()
	defer stopped()
	b.at = at
	work()
	return b.spent
}

// stopped ends the panic of a spent budget. It is deferred.
func stopped() {
	if p := recover(); p != nil && p != any(outOfBudget{}) {
		panic(p)
	}
}

// numeral refuses a number that is too large, or a text that stands for one.
func (b *Budget) numeral(v cty.Value) {
	if n, is := Number(v); is {
		(&weighing{Budget: b}).number(n)
	}
}

// Number is the number that a known value is, or that its text stands for. It reads no text with very many digits.
func Number(v cty.Value) (cty.Value, bool) {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() || v.Type() != cty.Number &&
		(v.Type() != cty.String || len(v.AsString()) > syntax.MaxDigits) {
		return v, false
	}
	n, err := convert.Convert(v, cty.Number)
	return n, err == nil
}

// guard takes for a value that an operator or a function will look at, and convert to a number perhaps.
func (b *Budget) guard(v cty.Value) {
	v, _ = v.Unmark()
	switch ty := v.Type(); {
	case ty == cty.Bool, v.IsNull() && ty.IsPrimitiveType(), !v.IsKnown() && ty.IsPrimitiveType():
	case ty == cty.Number:
		(&weighing{Budget: b}).number(v)
	case ty == cty.String:
		b.digits(v.AsString())
	default:
		b.draw(Cost{Steps: b.weigh(v).Steps})
	}
}

// digits takes for a text that may be converted to a number, which costs the square of its digits.
func (b *Budget) digits(s string) {
	if len(s) <= syntax.MaxDigits {
		return
	}
	n := 0
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.' || s[n] == '-' || s[n] == '+' || s[n] == '_') {
		n++
	}
	if n > syntax.MaxDigits {
		b.draw(Cost{Steps: Times(int64(n), int64(n)) / 256})
	}
}
