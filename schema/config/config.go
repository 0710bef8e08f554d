// Package config is the language: HCL files in, a schema.Declaration out. It reads files and variables and
// evaluates expressions; it never calls a drive. What only the drive knows comes in as schema.Facts.
//
// Load parses files into blocks (load.go, document.go). Evaluate gives variables their values (inputs.go), enters the
// blocks as nodes of an evaluation (evaluate.go), collects what their instances declare, and checks that against each
// other (checks.go). Each kind of block has a file of its own: variable.go, scope.go, template.go, step.go, import.go,
// output.go; approvers, attachments, providers, states, policies and tests have packages. Written answers where values
// are written, for package rewrite.
//
// What stands below has a package each: text that may be parsed (syntax), what an evaluation may take (budget), what is
// secret (sensitive), files (disk), functions, what blocks have in common (structure), references and values (eval),
// and what is wrong, with its source text (diagnostic).
package config
