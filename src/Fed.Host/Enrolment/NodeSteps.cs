using System.Globalization;
using System.Text.Json.Nodes;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Host.Commands;

namespace Fed.Host.Enrolment;

/// <summary>What is done at a node: the bodies of <c>fed enroll request</c> and <c>fed enroll import</c>.</summary>
internal static class NodeSteps
{
    /// <summary>Makes keys where there are none, and a request for them.</summary>
    public static int Request(EnrollRequestOptions options, CommandContext context)
    {
        NodeFolder folder = new(options.Directory);
        EnrolmentRequest request = folder.Ask(new NodeIdentity(options.Federation, options.Role, options.Name), TimeProvider.System);
        return Answer.Write(
            context,
            new JsonObject { ["node"] = request.Identity.Uri, ["request"] = folder.Request, ["fingerprint"] = request.Fingerprint },
            $"{request.Identity} asks for certificates with {folder.Request}; its keys stay in {folder.Keys}.",
            "Send the file to the CA's holder, and tell the fingerprint over another channel:",
            $"  {request.Fingerprint}",
            $"With the answer: fed enroll import members.pem --directory {options.Directory}");
    }

    /// <summary>Takes up a members file.</summary>
    public static int Import(EnrollImportOptions options, CommandContext context)
    {
        MembersFile file = MembersFile.Parse(TextInput.Read(options.File, "members file", MembersFile.TextMax));
        NodeFolder folder = new(options.Directory);
        ImportedMembers known = folder.Import(
            file, TimeProvider.System,
            fingerprint => Consent.Require(context, fingerprint, options.Fingerprint, "the CA of this file", "'fed federation create' has printed the right one, and its holder reads it out"));
        int others = known.Nodes.Length - 1;
        return Answer.Write(
            context,
            new JsonObject
            {
                ["node"] = known.Identity.Uri, ["members"] = new JsonArray([.. known.Nodes.Select(static node => (JsonNode)node.Uri)]), ["list"] = known.ListNumber.ToString(CultureInfo.InvariantCulture), ["new"] = known.IsNew, ["pending"] = known.IsPending,
            },
            $"{known.Identity} knows {others} other node{(others == 1 ? "" : "s")} and list {known.ListNumber} of revoked certificates{(known.IsNew ? "" : ", as before")}. A running node takes it up by itself.",
            known.IsPending ? "Its newest keys have no certificates yet; it goes on with those before." : $"Its certificates and keys belong together ({folder.Members}).");
    }
}
