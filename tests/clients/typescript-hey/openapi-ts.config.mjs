// How the client is generated; the input is given on the command line.
export default {
  output: {
    path: "remit",
    // tsconfig.json asks for names that node resolves by itself.
    module: { extension: ".js" },
  },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
};
