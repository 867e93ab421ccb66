using System.Reflection;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Xunit;

namespace Fed.Actors.Tests.Architecture;

/// <summary>Inside Fed.Actors: Kernel knows no Protocol, Protocol knows no Kernel, no Shell, and of Persistence and Ports only plain values and the decider's contract.</summary>
public sealed class NamespaceArrowsTests
{
    private static readonly Assembly Actors = typeof(ProtocolMessage).Assembly;

    private static readonly HashSet<Type> OpenToProtocol = [typeof(Digest), typeof(IDecider<,,,>), typeof(Decision<,>), typeof(SignedHead), typeof(NodeAddress), typeof(Origin), typeof(Term)];

    private static IEnumerable<(Type From, Type To)> ReferencesOf(string area) =>
        from type in Actors.GetTypes()
        where IsIn(type, area)
        from used in CompiledReferences.Of(type)
        where used.Assembly == Actors
        select (CompiledReferences.Outermost(type), CompiledReferences.Outermost(used));

    [Fact]
    public void The_kernel_knows_no_protocol_and_no_shell() =>
        Assert.Empty(ReferencesOf("Kernel").Where(arrow => IsIn(arrow.To, "Protocol") || IsIn(arrow.To, "Shell")).Select(Show).Distinct());

    [Fact]
    public void Persistence_hosts_any_decider_and_knows_none() =>
        Assert.Empty(ReferencesOf("Persistence").Where(arrow => IsIn(arrow.To, "Protocol") || IsIn(arrow.To, "Shell")).Select(Show).Distinct());

    [Fact]
    public void Ports_know_no_kernel_and_no_shell() =>
        Assert.Empty(ReferencesOf("Ports").Where(arrow => IsIn(arrow.To, "Kernel") || IsIn(arrow.To, "Shell")).Select(Show).Distinct());

    [Fact]
    public void The_protocol_knows_values_and_the_deciders_contract_only()
    {
        IEnumerable<(Type From, Type To)> foreign = ReferencesOf("Protocol").Where(arrow => !IsIn(arrow.To, "Protocol") && arrow.To.Namespace?.StartsWith("Fed.", StringComparison.Ordinal) == true);
        Assert.Empty(foreign.Where(arrow => !OpenToProtocol.Contains(arrow.To) && !IsStoredForm(arrow)).Select(Show).Distinct());
    }

    [Fact]
    public void The_reader_of_compiled_code_sees_what_methods_use()
    {
        IEnumerable<Type> used = CompiledReferences.Of(typeof(Actors.Protocol.Round.RoundDecider)).Select(CompiledReferences.Outermost);
        Assert.Contains(typeof(NodeAddress), used);
        Assert.Contains(typeof(Digest), CompiledReferences.Of(typeof(Actors.Protocol.Aggregation.UpdateManifest)));
    }

    /// <summary>How events are stored and messages written is the one place where the protocol meets a serializer.</summary>
    private static bool IsStoredForm((Type From, Type To) arrow) =>
        arrow.From == typeof(ProtocolSerializers) && (arrow.To == typeof(TaggedJsonSerializer<>) || arrow.To == typeof(IEventSerializer<>));

    private static bool IsIn(Type type, string area) => type.Namespace is { } name && (name == "Fed.Actors." + area || name.StartsWith($"Fed.Actors.{area}.", StringComparison.Ordinal));

    private static string Show((Type From, Type To) arrow) => $"{arrow.From.FullName} -> {arrow.To.FullName}";
}
