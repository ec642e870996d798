package document

import "testing"

const notebookV4 = `{
 "cells": [
  {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n", "key:\n", "\"x\""],
   "attachments": {"note.txt": {"application/octet-stream": "aGVsbG8="}}},
  {"cell_type": "code", "source": "print(1)\nprint(2)", "outputs": [
   {"output_type": "stream", "name": "stdout", "text": ["1\n", "2\n"]},
   {"output_type": "execute_result", "data": {"text/plain": ["'a\\nb'"], "application/json": {"k": "v"}}, "metadata": {}},
   {"output_type": "error", "ename": "E", "evalue": "bad", "traceback": ["line 1", "line 2"]}
  ]}
 ],
 "metadata": {}, "nbformat": 4, "nbformat_minor": 5
}`

const notebookV3 = `{"worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1\n", "b = 2"],
 "outputs": [{"output_type": "pyout", "text": ["3"], "png": "iVBORw0KGgo="}]}]}], "nbformat": 3}`

func TestNotebook(t *testing.T) {
	for name, tt := range map[string]struct {
		data string
		want []string
	}{
		"format 4": {notebookV4, []string{
			"cell 1: # Title\nkey:\n\"x\"",
			"cell 1, note.txt: hello",
			"cell 2: print(1)\nprint(2)",
			"cell 2, output: stdout\n1\n2\n",
			"cell 2, output: {\n \"k\": \"v\"\n}",
			"cell 2, output: 'a\\nb'",
			"cell 2, output: E\nbad\nline 1\nline 2",
		}},
		"format 3": {notebookV3, []string{"cell 1: a = 1\nb = 2", "cell 1, output: 3"}},
		"damaged":  {`{"cells": [`, []string{"error: its JSON is malformed at byte 11"}},
	} {
		t.Run(name, func(t *testing.T) { readAll(t, Notebook, []byte(tt.data)).want(t, tt.want...) })
	}
}

func FuzzNotebook(f *testing.F) {
	seed(f, []byte(notebookV4), []byte(notebookV3))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzed(t, Notebook, data) })
}
