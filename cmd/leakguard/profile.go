package main

import (
	"os"
	"runtime/pprof"

	"github.com/spf13/cobra"
)

// profiled adds hidden flags that write profiles of whatever command runs.
func profiled(root *cobra.Command) {
	var cpu, mem string
	root.PersistentFlags().StringVar(&cpu, "cpuprofile", "", "write a CPU profile to this file")
	root.PersistentFlags().StringVar(&mem, "memprofile", "", "write a memory profile to this file")
	root.PersistentFlags().MarkHidden("cpuprofile")
	root.PersistentFlags().MarkHidden("memprofile")
	var out *os.File
	root.PersistentPreRunE = func(*cobra.Command, []string) (err error) {
		if cpu == "" {
			return nil
		}
		if out, err = os.Create(cpu); err != nil {
			return err
		}
		return pprof.StartCPUProfile(out)
	}
	cobra.OnFinalize(func() {
		if out != nil {
			pprof.StopCPUProfile()
			out.Close()
		}
		if mem != "" {
			if f, err := os.Create(mem); err == nil {
				pprof.WriteHeapProfile(f)
				f.Close()
			}
		}
	})
}
