using Fed.Actors.Ports;
using Fed.Actors.Shell;

namespace Fed.Host.Simulation;

/// <summary>Where tests take hold of a run that is the real one otherwise: a site that lies, a message that is lost. Nothing that a user can set reaches these.</summary>
internal sealed record RunHooks
{
    /// <summary>Changes nothing.</summary>
    public static RunHooks None { get; } = new();

    /// <summary>What a node touches the world through, by its address.</summary>
    public Func<NodeAddress, NodeServices, NodeServices> Services { get; init; } = static (_, services) => services;

    /// <summary>What carries control messages.</summary>
    public Func<ITransport, ITransport> Transport { get; init; } = static transport => transport;

    /// <summary>What a site computes with, by its name.</summary>
    public Func<string, ILocalComputation, ILocalComputation> Computation { get; init; } = static (_, computation) => computation;
}
