using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Cluster.Stores;

namespace Fed.Host.History;

/// <summary>What an audit of a federation holds against each other: of a simulation's folder, or of a cluster, of whose sites those journals count that lie on this machine.</summary>
/// <param name="Reader">The coordinator's journal and blobs.</param>
/// <param name="Keys">Public keys of coordinators and sites by key id.</param>
/// <param name="Sites">The sites that lie here, with their journals.</param>
/// <param name="Jobs">The folder with a folder for each finished job's outputs.</param>
/// <param name="HasHeads">Whether a finished job leaves the signed ends of its logs there.</param>
/// <param name="HasContributions">Whether contributions that a plan retains can be read here.</param>
internal sealed record AuditSources(
    NodeReader Reader, ImmutableDictionary<Digest, ReadOnlyMemory<byte>> Keys, ImmutableArray<(string Site, string Journal)> Sites, string Jobs, bool HasHeads, bool HasContributions)
{
    /// <summary>Those of an open reader.</summary>
    public static AuditSources Of(NodeReader reader)
    {
        DataDirectory data = reader.Data;
        return reader.Cluster is { } cluster
            ? new AuditSources(
                reader, cluster.SigningKeys.ToImmutableDictionary(static key => key.Key, static key => key.Value.Key), cluster.SitesHere(), Path.Combine(cluster.Folder.Root, "jobs"), HasHeads: false, HasContributions: cluster.HasAggregatorsKeys)
            : new AuditSources(reader, data.PublicKeys(), [.. data.Sites().Select(site => (site, data.Site(site).Journal))], Path.Combine(data.Root, "jobs"), HasHeads: true, HasContributions: true);
    }

    /// <summary>A job's outputs.</summary>
    public string Job(string id) => Path.Combine(Jobs, id);
}
