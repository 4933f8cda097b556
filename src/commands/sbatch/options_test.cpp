// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
#include "commands/sbatch/options.h"

#include <doctest/doctest.h>

using namespace slurmxx;

namespace {

const Environment no_environment;
constexpr const char* script =
    "#!/bin/sh\n#SBATCH -J fromscript\n#SBATCH -n 2\n#SBATCH -t 15\n#SBATCH --comment=\"hello world\"\ntrue\n";

SbatchStart read(std::vector<std::string> arguments, const Environment& environment = no_environment,
                 std::string text = script) {
  return read_sbatch_options({std::move(arguments), environment, Instant(1'764'000'000), &utc(),
                              [text](const std::string& path) -> Result<std::string> {
                                if (path == "nosuchfile.sh") return fail("Unable to open file nosuchfile.sh");
                                return text;
                              }});
}

struct Ended {
  std::string err;
  int code = 0;
};

Ended error_of(std::vector<std::string> arguments, const std::string& text = script) {
  SbatchStart start = read(std::move(arguments), no_environment, text);
  REQUIRE(start.early);
  return {start.early->err, start.early->exit_code};
}

}  // namespace

TEST_CASE("the script's options lie under the environment's and these under the command line's") {
  SbatchStart start = read({"job.sh", "arg", "--x"});
  REQUIRE_FALSE(start.early);
  CHECK(start.options.job.naming.job_name == "fromscript");
  CHECK(start.options.job.naming.comment == "hello world");
  CHECK(start.options.job.timing.time == TimeLimit::of(Minutes(15)));
  CHECK(start.script_name == "job.sh");
  CHECK(start.script_arguments == std::vector<std::string>{"arg", "--x"});

  Environment environment{{"SBATCH_JOB_NAME", "fromenv"},
                          {"SBATCH_TIMELIMIT", "20"},
                          {"SBATCH_REQ_SWITCH", "2"},
                          {"SBATCH_WAIT4SWITCH", "1:00"}};
  start = read({"-J", "fromline", "job.sh"}, environment);
  REQUIRE_FALSE(start.early);
  CHECK(start.options.job.naming.job_name == "fromline");
  CHECK(start.options.job.timing.time == TimeLimit::of(Minutes(20)));
  CHECK(start.options.job.size.ntasks == 2);
  CHECK(start.options.job.place.switches == 2);
  CHECK(start.options.job.place.switches_wait == Seconds(60));
}

TEST_CASE("flag variables count when empty, yes or a number but 0") {
  CHECK(read({"job.sh"}, {{"SBATCH_WAIT", ""}}).options.wait);
  CHECK(read({"job.sh"}, {{"SBATCH_WAIT", "yes"}}).options.wait);
  CHECK_FALSE(read({"job.sh"}, {{"SBATCH_WAIT", "0"}}).options.wait);
  CHECK_FALSE(read({"job.sh"}, {{"SBATCH_WAIT", "no"}}).options.wait);
}

TEST_CASE("a script that is none is refused before anything is sent") {
  CHECK(error_of({"nosuchfile.sh"}).err == "sbatch: error: Unable to open file nosuchfile.sh\n");
  CHECK(error_of({"x"}, "").err == "sbatch: error: Batch script is empty!\n");
  Ended ended = error_of({"x"}, "true\n");
  CHECK(ended.code == 1);
  CHECK(ended.err ==
        "sbatch: error: This does not look like a batch script.  The first\n"
        "sbatch: error: line must start with #! followed by the path to an interpreter.\n"
        "sbatch: error: For instance: #!/bin/sh\n");
}

TEST_CASE("bad options in the script end like those on the command line") {
  Ended ended = error_of({"x"}, "#!/bin/sh\n#SBATCH --no-such-option\n");
  CHECK(ended.code == 255);
  CHECK(ended.err == "sbatch: unrecognized option '--no-such-option'\nTry \"sbatch --help\" for more information\n");
  ended = error_of({"x"}, "#!/bin/sh\n#SBATCH --time=bogus\n");
  CHECK(ended.code == 255);
  CHECK(ended.err == "sbatch: error: Invalid --time specification\n");
  ended = error_of({"x"}, "#!/bin/sh\n#SBATCH foo\n");
  CHECK(ended.code == 255);
  CHECK(ended.err == "sbatch: error: Invalid directive found in batch script: foo\n");
}

TEST_CASE("a hint asks for cores and threads; one that is none ends with 1") {
  const JobOptions memory = read({"--hint=memory_bound", "--wrap", "true"}).options.job;
  CHECK(memory.size.cores_per_socket == 1);
  CHECK(memory.size.threads_per_core == 1);
  CHECK(read({"--hint=nomultithread", "--wrap", "true"}).options.job.size.threads_per_core == 1);
  CHECK_FALSE(read({"--hint=multithread", "--wrap", "true"}).options.job.size.threads_per_core);
  const Ended ended = error_of({"--hint=foo", "--wrap", "true"});
  CHECK(ended.code == 1);
  CHECK(ended.err == "sbatch: error: unrecognized --hint argument \"foo\", see --hint=help\n");
  const SbatchStart help = read({"--hint=help", "--wrap", "true"});
  REQUIRE(help.early);
  CHECK(help.early->out.starts_with("Application hint options:\n"));
  CHECK(help.early->exit_code == 1);
}

TEST_CASE("values that the client can judge are refused with the option's name") {
  auto wrap = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--wrap", "true"});
    return error_of(std::move(arguments));
  };
  CHECK(wrap({"--mem=abc"}).err == "sbatch: error: Invalid --mem specification\n");
  CHECK(wrap({"--mem=-5"}).code == 255);
  CHECK(wrap({"--begin=yesterdayish"}).err ==
        "Invalid time specification (pos=0): yesterdayish\nsbatch: error: Invalid --begin specification\n");
  CHECK(wrap({"--signal=FOO"}).err == "sbatch: error: Invalid --signal specification\n");
  CHECK(wrap({"--mail-type=BOGUS"}).err == "sbatch: error: Invalid --mail-type specification\n");
  CHECK(wrap({"--nice=2147483646"}).err == "sbatch: error: Invalid --nice value, out of range (+/- 2147483645)\n");
  CHECK(wrap({"--distribution=bogus"}).err == "sbatch: error: Invalid --distribution specification\n");
  CHECK(wrap({"-N", "2-1"}).err == "sbatch: error: Maximum node count 1 is less than minimum node count 2\n");
  CHECK(wrap({"-N", "2-1"}).code == 255);
  CHECK(wrap({"-n", "-3"}).err == "sbatch: error: Invalid numeric value \"-3\" for --ntasks.\n");
  CHECK(wrap({"-n", "abc"}).code == 1);
  CHECK(wrap({"--switches=x@5"}).err == "sbatch: error: Invalid numeric value \"x\" for --switches.\n");
  CHECK(wrap({"-c", "0"}).err == "sbatch: error: Invalid numeric value \"0\" for --cpus-per-task.\n");
  CHECK(wrap({"--wait-all-nodes=x"}).err == "sbatch: error: Invalid numeric value \"x\" for --wait-all-nodes.\n");
  CHECK(wrap({"--wait-all-nodes=x"}).code == 1);
  CHECK(wrap({"--wait-all-nodes=2"}).code == 255);
  CHECK(wrap({"--profile=foo"}).err == "sbatch: error: invalid --profile=foo option\n");
  CHECK(wrap({"--get-user-env=x"}).err == "sbatch: error: Invalid --get-user-env specification\n");
  CHECK(wrap({"--mem=1G", "--mem-per-cpu=1G"}).err ==
        "sbatch: fatal: --mem, --mem-per-cpu, and --mem-per-gpu are mutually exclusive.\n");
}

TEST_CASE("values that only the controller can judge pass") {
  for (const char* option :
       {"-N0", "--nice=abc", "-t-5", "-t1-99:00", "--array=5-1", "-dbogus:1", "--gres=tpu:1", "-N1-9"}) {
    CAPTURE(option);
    CHECK_FALSE(read({option, "--wrap", "true"}).early);
  }
}

TEST_CASE("--wrap makes the script and takes no arguments") {
  SbatchStart start = read({"--mem-per-cpu=1G", "--wrap", "echo hi"}, {{"SBATCH_MEM_PER_NODE", "5"}});
  REQUIRE_FALSE(start.early);
  CHECK(start.script.starts_with("#!/bin/sh\n"));
  CHECK(start.script.ends_with("\necho hi\n"));
  CHECK(start.options.job.size.memory_per_cpu == MebiBytes(1024));
  CHECK_FALSE(start.options.job.size.memory_per_node);
  CHECK(error_of({"--wrap", "true", "extra.sh"}).err ==
        "sbatch: error: Script arguments not permitted with --wrap option\n");
}

TEST_CASE("SLURM_EXIT_ERROR is the exit code of an error") {
  SbatchStart start = read({"--badoption"}, {{"SLURM_EXIT_ERROR", "7"}});
  REQUIRE(start.early);
  CHECK(start.early->exit_code == 7);
}

TEST_CASE("sbatch --usage is laid out as users know it") {
  SbatchStart start = read({"--usage"});
  REQUIRE(start.early);
  CHECK(start.early->out.starts_with(
      "Usage: sbatch [-N nnodes] [-n ntasks]\n              [-c ncpus] [-r n] [-p partition] [--hold]"));
  CHECK(start.early->out.ends_with("\n              [--oom-kill-step[=0|1]]\n              executable [args...]\n"));
}

TEST_CASE("a job without a name takes the script's") {
  CHECK(default_job_name(read({"dir/job.sh"})) == "job.sh");
  CHECK(default_job_name(read({"--wrap", "true"})) == "wrap");
  CHECK(default_job_name(read({})) == "sbatch");
}
