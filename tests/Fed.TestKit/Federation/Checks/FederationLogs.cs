using System.Globalization;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;

namespace Fed.TestKit.Federation.Checks;

/// <summary>Which log is whose, and what is in it.</summary>
internal static class FederationLogs
{
    /// <summary>The log of an address for a job.</summary>
    public static string Of(JobId job, NodeAddress node)
    {
        if (node == NodeAddress.Job) return FederationNodes.JobLog(job);
        if (node == NodeAddress.Coordinator) return FederationNodes.RoundLog(job);
        if (node == NodeAddress.Aggregator) return FederationNodes.AggregationLog(job);
        if (PartOf(node) is { } part) return FederationNodes.AggregationLog(job, part);
        return FederationNodes.SiloLog(job, new SiloId(node.Value["silo/".Length..]));
    }

    /// <summary>The part whose aggregator an address is; null for every other.</summary>
    public static int? PartOf(NodeAddress node) =>
        node.Value.StartsWith(NodeAddress.Aggregator.Value + "/", StringComparison.Ordinal) ? int.Parse(node.Value[(NodeAddress.Aggregator.Value.Length + 1)..], CultureInfo.InvariantCulture) : null;

    /// <summary>An event of an address's log.</summary>
    public static object Read(NodeAddress node, JournalEvent stored)
    {
        if (node == NodeAddress.Job) return ProtocolSerializers.Job.Read(stored.Tag, stored.Version, stored.Payload.Span);
        if (node == NodeAddress.Coordinator) return ProtocolSerializers.Round.Read(stored.Tag, stored.Version, stored.Payload.Span);
        if (node == NodeAddress.Aggregator || PartOf(node) is not null) return ProtocolSerializers.Aggregation.Read(stored.Tag, stored.Version, stored.Payload.Span);
        return ProtocolSerializers.Silo.Read(stored.Tag, stored.Version, stored.Payload.Span);
    }
}
