// Renders a chart with what Helm is made of: Go's text/template, sprig and sigs.k8s.io/yaml, under the names that Helm
// gives them. Helm itself is in no package of Debian. Of Helm there is what the chart uses and nothing else, so that a
// template that needs more fails.
//
//	render-chart CHART RELEASE NAMESPACE [VALUES]
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 4 {
		log.Fatal("usage: render-chart CHART RELEASE NAMESPACE [VALUES]")
	}
	chart := os.Args[1]
	values := readYaml(filepath.Join(chart, "values.yaml"))
	if len(os.Args) > 4 {
		values = merge(values, readYaml(os.Args[4]))
	}
	context := map[string]interface{}{
		"Values":  values,
		"Chart":   readYaml(filepath.Join(chart, "Chart.yaml")),
		"Release": map[string]interface{}{"Name": os.Args[2], "Namespace": os.Args[3], "Service": "Helm"},
	}
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*.yaml"))
	check(err)
	sort.Strings(files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		// As Helm has it: what is not there is empty, not "<no value>".
		parsed, err := template.New(file).Option("missingkey=zero").Funcs(functions()).Parse(string(text))
		check(err)
		var out bytes.Buffer
		check(parsed.Execute(&out, context))
		fmt.Printf("---\n%s\n", strings.ReplaceAll(out.String(), "<no value>", ""))
	}
}

func functions() template.FuncMap {
	all := sprig.TxtFuncMap()
	// Helm takes these two away: a chart shall not depend on where it is rendered.
	delete(all, "env")
	delete(all, "expandenv")
	all["toYaml"] = func(value interface{}) string {
		text, err := yaml.Marshal(value)
		check(err)
		return strings.TrimSuffix(string(text), "\n")
	}
	return all
}

// Of maps each key, of all else the second, as Helm lays values over values.
func merge(under, over map[string]interface{}) map[string]interface{} {
	for key, value := range over {
		inner, isMap := value.(map[string]interface{})
		before, wasMap := under[key].(map[string]interface{})
		if isMap && wasMap {
			under[key] = merge(before, inner)
		} else if value == nil {
			delete(under, key)
		} else {
			under[key] = value
		}
	}
	return under
}

func readYaml(file string) map[string]interface{} {
	text, err := os.ReadFile(file)
	check(err)
	read := map[string]interface{}{}
	check(yaml.UnmarshalStrict(text, &read))
	return read
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
