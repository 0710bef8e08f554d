// Package config is the language: HCL files in, a schema.Declaration out. It reads files and variables and
// evaluates expressions; it never calls a drive. What only the drive knows comes in as schema.Facts.
//
// Load parses files into blocks (load.go, structure.go). Evaluate follows the references from one block to the
// next (graph.go, reference.go) and gives the expressions of each instance their values in a frame (frame.go,
// foreach.go). Each kind of block has a file of its own: variable.go, scope.go, approver.go, template.go, step.go,
// attachment.go, import.go, output.go, provider.go, state.go. The files that attachments name are looked at, and not
// read, by sourcefile.go. What is wrong is told with file, line and source text (diagnostic.go).
package config
