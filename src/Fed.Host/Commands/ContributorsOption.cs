using System.CommandLine;

namespace Fed.Host.Commands;

/// <summary><c>--contributors-from DATA[:JOB]</c> of the commands that begin a job.</summary>
internal static class ContributorsOption
{
    public static Option<string?> Create() => new("--contributors-from")
    {
        Description = "Repeat a job with the contributors that each of its rounds had: a data folder, and behind a colon the job (default its newest).",
        HelpName = "DATA[:JOB]",
    };
}
