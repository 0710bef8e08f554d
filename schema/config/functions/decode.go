package functions

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"go.yaml.in/yaml/v4"

	"countersign/schema/config/budget"
	"countersign/schema/config/syntax"
)

// decodeFunc is a decoder that gets only texts that check has approved.
func decodeFunc(f function.Function, check func(text string) error) function.Function {
	return function.New(&function.Spec{Params: f.Params(), Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if err := check(args[0].AsString()); err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return f.Call(args)
		}})
}

// checkYAML refuses YAML that is nested too deeply: cty's decoder descends as deep as the text goes, and follows every
// alias. In the tree that is read here, an alias is a reference.
func checkYAML(text string) error {
	root, err := yamlTree(text)
	if err != nil {
		return err
	}
	_, err = (&yamlWeights{}).node(root, 0)
	return err
}

func yamlTree(text string) (*yaml.Node, error) {
	var root yaml.Node
	err := yaml.Unmarshal([]byte(text), &root)
	if err != nil && strings.Contains(err.Error(), "max depth") {
		return nil, syntax.ErrLevels
	}
	return &root, err
}

// yamlCost is the cost of decoding YAML, with what its aliases repeat.
func yamlCost(text string) budget.Cost {
	if !strings.Contains(text, "*") {
		return decodeCost(text, ",:-\n[{", 4)
	}
	root, err := yamlTree(text)
	if err != nil {
		return budget.Cost{}
	}
	c, _ := (&yamlWeights{}).node(root, 0)
	c.Steps = c.Elements
	return c
}

// yamlWeights are the costs of nodes that aliases stand for.
type yamlWeights struct{ known map[*yaml.Node]budget.Cost }

func (w *yamlWeights) node(n *yaml.Node, depth int) (budget.Cost, error) {
	if depth > syntax.MaxLevels {
		return budget.Cost{}, fmt.Errorf("line %d: %w", n.Line, syntax.ErrLevels)
	}
	if n.Kind == yaml.AliasNode {
		if c, known := w.known[n.Alias]; known {
			return c, nil
		}
		if w.known == nil {
			w.known = map[*yaml.Node]budget.Cost{}
		}
		w.known[n.Alias] = budget.Cost{} // the decoder reports one that contains itself
		c, err := w.node(n.Alias, depth+1)
		w.known[n.Alias] = c
		return c, err
	}
	c := budget.Cost{Bytes: int64(len(n.Value)), Elements: 1}
	for _, inner := range n.Content {
		more, err := w.node(inner, depth+1)
		if err != nil {
			return c, err
		}
		c = c.Plus(more)
	}
	return c, nil
}
