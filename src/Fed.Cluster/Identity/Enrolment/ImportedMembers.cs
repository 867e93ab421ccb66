using System.Numerics;

namespace Fed.Cluster.Identity.Enrolment;

/// <summary>What a node knows after an import.</summary>
/// <param name="Identity">Who it is.</param>
/// <param name="Nodes">All nodes that count, itself among them, in the order of their URIs.</param>
/// <param name="ListNumber">Number of the list of revoked certificates.</param>
/// <param name="IsNew">False where the node had this very file already.</param>
/// <param name="IsPending">True while its newest keys have no certificates yet: a renewal that was asked for and not answered.</param>
public sealed record ImportedMembers(NodeIdentity Identity, ImmutableArray<NodeIdentity> Nodes, BigInteger ListNumber, bool IsNew, bool IsPending);
