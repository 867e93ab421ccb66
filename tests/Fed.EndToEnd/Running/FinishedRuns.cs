using Fed.EndToEnd.Running;
using Xunit;

[assembly: AssemblyFixture(typeof(FinishedRuns))]

namespace Fed.EndToEnd.Running;

/// <summary>Undisturbed runs that many tests look at or copy: each is made once, when it is first asked for.</summary>
public sealed class FinishedRuns : IDisposable
{
    /// <summary>Rounds of the short run.</summary>
    internal const int ShortRounds = 8;

    private readonly Lazy<Made> _quickstart = new(static () => Make(static workspace => workspace.Program("simulate", Repository.Quickstart)));
    private readonly Lazy<Made> _short = new(static () => Make(static workspace => workspace.Fed("simulate", ShortConf(workspace))));

    /// <summary>Puts commands that run within this process where a user's would run: at the repository's root, with a pipe for their output.</summary>
    public FinishedRuns()
    {
        Directory.SetCurrentDirectory(Repository.Root);
        Environment.SetEnvironmentVariable("LC_ALL", "C.UTF-8");
        Environment.SetEnvironmentVariable("TERM", "dumb");
        Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");   // of the nodes that a cluster starts (FedProcess)
    }

    private sealed record Made(Workspace Workspace, FedResult Result);

    /// <summary>hocon/quickstart.conf as it stands.</summary>
    internal string Quickstart => _quickstart.Value.Workspace.Data;

    /// <summary>What that run printed.</summary>
    internal FedResult QuickstartResult => _quickstart.Value.Result;

    /// <summary>The same with <see cref="ShortRounds"/> rounds.</summary>
    internal string Short => _short.Value.Workspace.Data;

    /// <summary>The configuration of the short run, which is compared with nothing: that is the long one's.</summary>
    internal static string ShortConf(Workspace workspace) => workspace.Conf(Repository.Quickstart, $"job.rounds = {ShortRounds}", "simulation.baselines = false");

    public void Dispose()
    {
        if (_quickstart.IsValueCreated) _quickstart.Value.Workspace.Dispose();
        if (_short.IsValueCreated) _short.Value.Workspace.Dispose();
    }

    private static Made Make(Func<Workspace, FedResult> run)
    {
        Workspace workspace = new();
        return new Made(workspace, run(workspace).Succeeded());
    }
}
