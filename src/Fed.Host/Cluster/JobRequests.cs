using System.Text.Json;
using Fed.Host.Commands;

namespace Fed.Host.Cluster;

/// <summary>The bodies of <c>fed jobs pause</c>, <c>resume</c> and <c>cancel</c>.</summary>
internal static class JobRequests
{
    public static int Run(RequestKind kind, JobRequestOptions options, CommandContext context)
    {
        using ClusterReader cluster = ClusterReader.TryOpen(context.DataDirectory)
            ?? throw new UserException($"no node runs in '{context.DataDirectory}', so that nobody could {Configuration.Kebab.From(kind.ToString())} a job; a simulation is ended with Ctrl+C and goes on with the next ./fed simulate. Name a cluster's folder, or a coordinator's kit, with --data");
        string answer = cluster.Ask(kind, request => request with { Job = options.Job, Reason = options.Reason }, context.Cancel);
        if (context.Json) context.Out.WriteLine(JsonSerializer.Serialize(new JobAnswer(options.Job, answer), ClusterJson.Default.JobAnswer));
        else context.Out.WriteLine(answer);
        return ExitCodes.Success;
    }
}

/// <summary>What these commands print with <c>--json</c>.</summary>
/// <param name="Job">The job.</param>
/// <param name="Answer">What is said of it.</param>
internal sealed record JobAnswer(string Job, string Answer);
