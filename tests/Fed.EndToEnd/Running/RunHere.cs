using System.Collections.Immutable;
using System.Text;
using Fed.Host.Configuration;
using Fed.Host.Presentation;
using Fed.Host.Simulation;
using Xunit;

namespace Fed.EndToEnd.Running;

/// <summary>
/// A whole federated run within the test's process: the real nodes, journals, blobs and cryptography, without the start of a program. Shows what plain lines a user would see, and lets a test take hold of
/// single nodes and messages.
/// </summary>
internal sealed class RunHere
{
    private readonly StringBuilder _lines = new();

    /// <summary>Where it takes hold.</summary>
    public RunHooks Hooks { get; init; } = RunHooks.None;

    /// <summary>What a user saw, once a run is over.</summary>
    public string Out => _lines.ToString();

    /// <summary>Runs a new job, or carries the unfinished one on.</summary>
    /// <param name="workspace">Where the data folder lies.</param>
    /// <param name="conf">The configuration's path.</param>
    /// <returns>The report.</returns>
    /// <exception cref="Exception">What <c>fed simulate</c> would make a sentence and an exit code of.</exception>
    public RunReport Run(Workspace workspace, string conf)
    {
        FedConfig config = FedConfig.Load(conf);
        SimulatedFederation federation = SimulatedFederation.Load(config);
        using IDisposable hold = workspace.Layout.Acquire();
        using StringWriter output = new(_lines);
        using PlainView view = new(output, TerminalProfile.Plain());
        return new FederatedRun(config, federation, workspace.Layout, view, TestContext.Current.CancellationToken) { Hooks = Hooks }.Run(FederatedRun.Unfinished(workspace.Layout)).Report;
    }

    /// <summary>Hash of every round's model.</summary>
    public static ImmutableArray<string> Hashes(RunReport report) => [.. report.Rounds.Select(static round => round.ModelSha256!)];

    /// <summary>Runs settings in a folder of their own.</summary>
    /// <returns>Hash of every round's model.</returns>
    public static ImmutableArray<string> Hashes(string original, params ReadOnlySpan<string> settings)
    {
        using Workspace workspace = new();
        return Hashes(new RunHere().Run(workspace, workspace.Conf(original, ["simulation.baselines = false", .. settings])));
    }
}
